import type { Address, Hex, TypedDataDefinition } from 'viem';

export type VaultState = 'empty' | 'locked' | 'unlocked';

/** An account of the vault. Keys are derived at m/44'/60'/0'/0/index. */
export interface VaultAccount {
  address: Address;
  index: number;
  /** `budget` accounts belong to agents and sign only what their budget allows. */
  purpose: 'owner' | 'budget';
}

/** EIP-1559 transaction, integers as bigint. */
export interface TransactionRequest {
  chainId: number;
  nonce: number;
  to: Address;
  value: bigint;
  data: Hex;
  gas: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** What an agent may spend, enforced by the vault before any signature and by the account's own balance. */
export interface BudgetLimits {
  token: Address;
  chainId: number;
  /** Base units in all. */
  total: bigint;
  /** Base units for one payment. */
  perPayment: bigint;
  /** Seconds since 1970. */
  expiry: bigint;
  /** Who may be paid; empty means nobody. */
  payees: Address[];
  label: string;
}

export interface Budget extends BudgetLimits {
  id: string;
  account: Address;
  /** Base units already signed away; an authorisation signed is counted as spent until it is released. */
  signed: bigint;
  status: 'open' | 'stopped';
  /** The owner's DelegationGrant to the budget account and its signature. */
  grant: { hash: Hex; json: string; signature: Hex };
}

/** One payment an agent asks the vault to authorise: the EIP-3009 transfer and the HSP mandate that binds it. */
export interface BudgetPayment {
  to: Address;
  value: bigint;
  validAfter: bigint;
  validBefore: bigint;
  /** Fresh 32 bytes; the same nonce asked again returns the same signatures and is counted once. */
  nonce: Hex;
  /** HSP deadline, seconds since 1970. */
  deadline: bigint;
  mandateNonce: Hex;
  requirementRef: Hex;
}

export interface SignedPayment {
  authorization: Hex;
  mandateSignature: Hex;
  paymentId: Hex;
}

/** Where a session is opened: the endpoint of the profile, its chain, and the endpoint's nonce. */
export interface SignInRequest {
  /** http(s) URL. */
  uri: string;
  chainId: number;
  /** 8 to 128 letters and digits. */
  nonce: string;
}

/**
 * The fixed list of calls the vault worker answers: plain arguments, nothing else. Keys and the seed never
 * leave it; the recovery phrase leaves once, to be shown, when it is created or on `revealPhrase`.
 */
export interface VaultApi {
  state(): Promise<VaultState>;
  /** A fresh phrase, held in memory only until `create` stores it. */
  newPhrase(): Promise<string>;
  /**
   * Encrypts the phrase under the password and unlocks. A vault that is already here is only replaced by its
   * own phrase: that is how a forgotten password is set anew.
   *
   * @throws `VAULT_EXISTS`, `PHRASE_INVALID`, `PASSWORD_WEAK`, `VAULT_STORAGE`
   */
  create(phrase: string, password: string): Promise<VaultAccount[]>;
  /** @throws `PASSWORD_WRONG` (`details`: seconds until the next try), `PASSWORD_DELAYED`, `VAULT_EMPTY` */
  unlock(password: string): Promise<VaultAccount[]>;
  lock(): Promise<void>;
  accounts(): Promise<VaultAccount[]>;
  /** @throws `PASSWORD_WRONG` */
  revealPhrase(password: string): Promise<string>;
  /** Deletes the vault. @throws `PASSWORD_WRONG` */
  erase(password: string): Promise<void>;
  /** Serialized signed transaction. Owner accounts only, save a budget account's sweep after it is stopped. */
  signTransaction(account: Address, request: TransactionRequest): Promise<Hex>;
  signTypedData(account: Address, typedData: TypedDataDefinition): Promise<Hex>;
  /** EIP-191. */
  signMessage(account: Address, message: Hex): Promise<Hex>;
  /**
   * Signs in at a chain's endpoint (EIP-4361). The vault writes the text itself, for the host of `uri` and for an
   * hour: it lets the account see its own there, and moves nothing.
   */
  signIn(account: Address, request: SignInRequest): Promise<{ message: string; signature: Hex }>;
  /**
   * Secret field element of the holder's ZKID credential, derived from the seed; goes only to the prover worker.
   *
   * @param purpose 0 to 15, 0 without it: credentials of different purposes cannot be linked by their secrets
   */
  zkidSecret(purpose?: number): Promise<bigint>;
  /**
   * Seals what the holder keeps of credentials, AES-256-GCM under a key derived from the seed: nonce (12 bytes) ‖
   * ciphertext ‖ tag (16).
   *
   * @param context authenticated, not stored: what was sealed for one place opens in no other
   */
  sealForHolder(plaintext: Hex, context: string): Promise<Hex>;
  /** @throws `SEAL_BROKEN` */
  openForHolder(sealed: Hex, context: string): Promise<Hex>;
  /** 32 bytes derived from the seed, under which a sealed copy lies at somebody else's; `place` names where. */
  holderLocator(place: string): Promise<Hex>;
  /** Whether the phrase was drawn in this browser, so that nothing of this wallet lies anywhere else. */
  madeHere(): Promise<boolean>;
  /** Derives a budget account and signs the DelegationGrant with the owner's key. */
  openBudget(owner: Address, limits: BudgetLimits): Promise<Budget>;
  budgets(): Promise<Budget[]>;
  /** @throws `BUDGET_STOPPED`, `BUDGET_EXCEEDED`, `BUDGET_PAYMENT_TOO_LARGE`, `BUDGET_EXPIRED`, `BUDGET_PAYEE` */
  signPayment(budgetId: string, payment: BudgetPayment): Promise<SignedPayment>;
  /**
   * Counts an authorisation whose time is over as not spent. That it did not settle before is the caller's
   * word; what the account holds is the bound that does not depend on it.
   *
   * @throws `BUDGET_PAYMENT_ALIVE` before its `validBefore`
   */
  releasePayment(budgetId: string, nonce: Hex): Promise<void>;
  /** No further signature; returns the EIP-3009 authorisation that sweeps `value` back to the owner. */
  stopBudget(
    budgetId: string,
    sweep?: { value: bigint; validBefore: bigint; nonce: Hex },
  ): Promise<{ sweep?: Hex }>;
}
