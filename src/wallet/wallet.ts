import { type Address, bytesToHex, type Hex, type TypedDataDefinition } from 'viem';
import type { LightClientApi, ProvenReceipt } from '../light-client/light-client-api.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import { deploymentId } from './deployment.ts';
import type { RequestDescription } from './describe-request.ts';
import { WalletChangeEvent, WalletJournalEvent, WalletRequestEvent } from './events.ts';
import { indexedDbJournal, type Journal, type SentTransaction } from './journal.ts';
import { SessionKeeper } from './keep-session.ts';
import { type Call, estimateFees, type Fees } from './prepare.ts';
import { type SendCall, Sender } from './send.ts';
import type { VaultAccount, VaultApi, VaultState } from './vault-api.ts';
import { type Locks, webLocks } from './vault/locks.ts';

export interface WalletParts {
  vault: VaultApi & { subscribe?(listener: () => void): () => void };
  lightClient: LightClientApi;
  profile: ChainProfile;
  journal?: Journal;
  locks?: Locks;
}

/** A site's request, as a person is asked about it. */
export interface ApprovalRequest {
  id: string;
  /** Who asks: the page's origin. */
  origin: string;
  description: RequestDescription;
  approve(): void;
  decline(): void;
}

/**
 * The page's side of the wallet: the vault that signs, the light client that proves, and a journal of what
 * was sent. Fires `change`, `journal` and `request` (see `events.ts`).
 */
export class Wallet extends EventTarget {
  readonly profile: ChainProfile;
  readonly lightClient: LightClientApi;
  /** For budgets of agents; see `VaultApi`. */
  readonly vault: VaultApi;
  /** `starting` until the vault has said what it holds. */
  state: VaultState | 'starting' = 'starting';
  /** Empty while the wallet is locked. The first is the owner's account. */
  accounts: VaultAccount[] = [];
  /** Requests that wait for a person, oldest first. */
  requests: readonly ApprovalRequest[] = [];
  /** Settles when `state` is known; rejects when the vault cannot be started. */
  readonly ready: Promise<void>;
  readonly #journal: Journal;
  readonly #sender: Sender;
  readonly #session: SessionKeeper;
  readonly #unsubscribe: (() => void) | undefined;
  #approvers = 0;

  constructor({ vault, lightClient, profile, journal, locks }: WalletParts) {
    super();
    this.profile = profile;
    this.lightClient = lightClient;
    this.vault = vault;
    this.#journal = journal ?? indexedDbJournal(deploymentId(profile));
    this.#sender = new Sender({
      vault,
      lightClient,
      chainId: profile.execution.chainId,
      journal: this.#journal,
      locks: locks ?? webLocks(),
      onJournal: () => this.dispatchEvent(new WalletJournalEvent()),
    });
    this.#session = new SessionKeeper({ vault, lightClient, profile });
    this.#unsubscribe = vault.subscribe?.(() => void this.refresh().catch(() => undefined));
    this.ready = this.refresh();
    this.ready.catch(() => undefined);
    // Without storage there is nothing to take up, and nothing can be sent either.
    this.#sender.resume().catch(() => undefined);
  }

  /** The owner's account; `undefined` while the wallet is locked. */
  get account(): Address | undefined {
    return this.accounts.find(({ purpose }) => purpose === 'owner')?.address;
  }

  newPhrase(): Promise<string> {
    return this.vault.newPhrase();
  }

  /** @throws `VAULT_EXISTS`, `PHRASE_INVALID`, `PASSWORD_WEAK`, `VAULT_STORAGE` */
  async create(phrase: string, password: string): Promise<void> {
    this.#now('unlocked', await this.vault.create(phrase, password));
  }

  /** @throws `PASSWORD_WRONG`, `PASSWORD_DELAYED`, `VAULT_EMPTY` */
  async unlock(password: string): Promise<void> {
    this.#now('unlocked', await this.vault.unlock(password));
  }

  async lock(): Promise<void> {
    await this.vault.lock();
    await this.refresh();
  }

  revealPhrase(password: string): Promise<string> {
    return this.vault.revealPhrase(password);
  }

  async erase(password: string): Promise<void> {
    await this.vault.erase(password);
    await this.refresh();
  }

  /** Asks the vault how things stand. */
  async refresh(): Promise<void> {
    const state = await this.vault.state();
    const accounts = state === 'unlocked' ? await this.vault.accounts().catch(lockedMeanwhile) : [];
    this.#now(state === 'unlocked' && accounts.length === 0 ? 'locked' : state, accounts);
  }

  /**
   * Signs, keeps, broadcasts, and resolves with the receipt proven at `attested` or above, reverted or not.
   * See `SendCall`; `from` is the owner's account unless given.
   *
   * @throws `VAULT_LOCKED`, `TRANSACTION_REFUSED`, `TRANSACTION_REPLACED`, `CALL_REVERTS`, `GAS_MISSING`,
   * `FEE_ABSURD`, `SEND_ID_REUSED`
   */
  async send(call: SendCall): Promise<Proven<ProvenReceipt>> {
    return this.#sender.send({ ...call, from: call.from ?? this.#owner() });
  }

  /** What sending would cost at most; an estimate, and nothing is signed. */
  estimate(call: { from?: Address; to: Address; data?: Hex; value?: bigint }): Promise<Fees> {
    const wanted: Call = { from: call.from ?? this.#owner(), data: '0x', value: 0n, ...call } as Call;
    return estimateFees(this.lightClient, wanted);
  }

  signTypedData(account: Address, typedData: TypedDataDefinition): Promise<Hex> {
    return this.vault.signTypedData(account, typedData);
  }

  signMessage(account: Address, message: Hex): Promise<Hex> {
    return this.vault.signMessage(account, message);
  }

  /** What this browser has sent, newest first. */
  async sent(): Promise<SentTransaction[]> {
    return (await this.#journal.list()).toSorted((a, b) => b.sentAt - a.sentAt || b.nonce - a.nonce);
  }

  /** Says that somebody shows `requests` to a person; call the returned function when no longer. */
  attachApprover(): () => void {
    this.#approvers++;
    let attached = true;
    return () => {
      if (!attached) return;
      attached = false;
      if (--this.#approvers === 0) for (const request of this.requests) request.decline();
    };
  }

  /**
   * Waits for a person to agree.
   *
   * @throws `REQUEST_DECLINED`, `REQUEST_UNSEEN` when no element on the page could show it
   */
  ask(origin: string, description: RequestDescription): Promise<void> {
    if (this.#approvers === 0)
      return Promise.reject(
        new HskError('REQUEST_UNSEEN', 'No wallet on this page can show the request', {
          action: 'Put an hsk-wallet element on the page.',
        }),
      );
    return new Promise((resolve, reject) => {
      const settle = (decide: () => void) => {
        if (!this.requests.includes(request)) return;
        this.requests = this.requests.filter((waiting) => waiting !== request);
        decide();
        this.dispatchEvent(new WalletRequestEvent());
      };
      const request: ApprovalRequest = {
        id: bytesToHex(crypto.getRandomValues(new Uint8Array(8))),
        origin,
        description,
        approve: () => settle(resolve),
        decline: () =>
          settle(() => reject(new HskError('REQUEST_DECLINED', 'The request was declined in the wallet'))),
      };
      this.requests = [...this.requests, request];
      this.dispatchEvent(new WalletRequestEvent());
    });
  }

  /** Stops following; what is on its way is taken up by the next wallet. */
  close(): void {
    this.#sender.end();
    this.#session.end();
    this.#unsubscribe?.();
  }

  #owner(): Address {
    if (this.account) return this.account;
    throw new HskError('VAULT_LOCKED', 'The wallet is locked', { action: 'Unlock it with your password.' });
  }

  #now(state: VaultState, accounts: VaultAccount[]): void {
    const before = JSON.stringify([this.state, this.accounts]);
    this.state = state;
    this.accounts = accounts;
    this.#session.use(this.account);
    if (JSON.stringify([state, accounts]) !== before) this.dispatchEvent(new WalletChangeEvent());
  }
}

function lockedMeanwhile(error: unknown): VaultAccount[] {
  if (error instanceof HskError && error.code === 'VAULT_LOCKED') return [];
  throw error;
}
