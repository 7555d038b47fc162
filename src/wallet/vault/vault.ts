import type { Address, Hex, TypedDataDefinition } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { sameAddress } from '../../protocol/address.ts';
import type {
  Budget,
  BudgetLimits,
  BudgetPayment,
  SignedPayment,
  SignInRequest,
  TransactionRequest,
  VaultAccount,
  VaultApi,
  VaultState,
} from '../vault-api.ts';
import {
  checkAddress,
  checkHex,
  checkLimitsShape,
  checkName,
  checkPaymentShape,
  checkPurpose,
  checkSignIn,
  checkSweepShape,
  checkTransaction,
} from './arguments.ts';
import { BudgetBook } from './budget-book.ts';
import { type DerivedKey, openKeys, type OpenKeys } from './keys.ts';
import type { Locks } from './locks.ts';
import { requireStrongPassword } from './password-strength.ts';
import { newPhrase, phraseToSeed, readPhrase } from './phrase.ts';
import { budgetAccount, requireSweep, signPersonal, signRequest, signTyped } from './sign.ts';
import { signSignIn } from './sign-in.ts';
import { Throttle } from './throttle.ts';
import { openPhrase, sealPhrase, type VaultRecord } from './vault-record.ts';
import type { VaultStore } from './vault-store.ts';

export interface VaultParts {
  store: VaultStore;
  locks: Locks;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Milliseconds without a person's doing after which the vault locks itself. */
  idle?: number;
  /** Told whenever `state` may have changed. */
  onChange?: (why: VaultChange) => void;
}

export type VaultChange = 'created' | 'unlocked' | 'locked' | 'idle' | 'erased';

const RECORD = 'vault';
const RECORD_LOCK = 'hsk-vault-record';
export const IDLE = 15 * 60 * 1000;

/** What exists while the vault is open; dropped as a whole. */
interface Open {
  keys: OpenKeys;
  book: BudgetBook;
}

/** The only place that ever sees a key. Runs in the vault worker. */
export class Vault implements VaultApi {
  #open: Open | undefined;
  /** The phrase that was handed out last. */
  #offered: string | undefined;
  #touched = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #throttle: Throttle;
  readonly #now: () => number;
  readonly #idle: number;

  constructor(private readonly parts: VaultParts) {
    this.#now = parts.now ?? Date.now;
    this.#idle = parts.idle ?? IDLE;
    this.#throttle = new Throttle(parts.store, this.#now);
  }

  async state(): Promise<VaultState> {
    if (this.#opened()) return 'unlocked';
    return (await this.#record()) ? 'locked' : 'empty';
  }

  async newPhrase(): Promise<string> {
    return (this.#offered = newPhrase());
  }

  async create(phrase: string, password: string): Promise<VaultAccount[]> {
    const words = readPhrase(String(phrase));
    requireStrongPassword(String(password));
    const { store, locks } = this.parts;
    return locks.exclusive(RECORD_LOCK, async () => {
      const keys = await openKeys(await phraseToSeed(words));
      const { address } = keys.derive(0);
      const before = await this.#record();
      // Who has the phrase owns the wallet: it may be given a new password.
      if (before && before.address !== address)
        throw new HskError('VAULT_EXISTS', 'This browser already holds another wallet', {
          action: 'Unlock it, or erase it first.',
        });
      const record = await sealPhrase(words, password, address);
      record.madeHere = before ? before.madeHere === true : words === this.#offered;
      this.#offered = undefined;
      if (!before) await store.clear();
      await store.write([[RECORD, record]]);
      this.#begin(keys);
      this.#tell('created');
      return this.accounts();
    });
  }

  async unlock(password: string): Promise<VaultAccount[]> {
    this.#begin(await openKeys(await phraseToSeed(await this.#reveal(password))));
    this.#tell('unlocked');
    return this.accounts();
  }

  async lock(): Promise<void> {
    this.forget('locked');
  }

  async accounts(): Promise<VaultAccount[]> {
    const { keys, book } = this.#require();
    return [{ address: keys.derive(0).address, index: 0, purpose: 'owner' }, ...(await book.accounts())];
  }

  async revealPhrase(password: string): Promise<string> {
    return this.#reveal(password);
  }

  async erase(password: string): Promise<void> {
    await this.#reveal(password);
    await this.parts.locks.exclusive(RECORD_LOCK, () => this.parts.store.clear());
    this.forget('erased');
  }

  async signTransaction(account: Address, request: TransactionRequest): Promise<Hex> {
    const open = this.#require();
    const asked = checkTransaction(request);
    const owner = open.keys.derive(0);
    if (this.#isOwner(open, account)) return signRequest(owner, asked);
    const budget = await open.book.find(account);
    if (!budget) throw unknownAccount(account);
    requireSweep(budget, owner.address, asked);
    return signRequest(open.keys.derive(Number(budget.id)), asked);
  }

  async signTypedData(account: Address, typedData: TypedDataDefinition): Promise<Hex> {
    return signTyped(await this.#owner(account), typedData);
  }

  async signMessage(account: Address, message: Hex): Promise<Hex> {
    return signPersonal(await this.#owner(account), checkHex(message));
  }

  async signIn(account: Address, request: SignInRequest): Promise<{ message: string; signature: Hex }> {
    return signSignIn(await this.#owner(account), checkSignIn(request), this.#now());
  }

  async zkidSecret(purpose = 0): Promise<bigint> {
    return this.#require().keys.holder.secret(checkPurpose(purpose));
  }

  async sealForHolder(plaintext: Hex, context: string): Promise<Hex> {
    return this.#require().keys.holder.seal(checkHex(plaintext), checkName(context));
  }

  async openForHolder(sealed: Hex, context: string): Promise<Hex> {
    return this.#require().keys.holder.open(checkHex(sealed), checkName(context));
  }

  async holderLocator(place: string): Promise<Hex> {
    return this.#require().keys.holder.locator(checkName(place));
  }

  async madeHere(): Promise<boolean> {
    return (await this.#record())?.madeHere === true;
  }

  async openBudget(owner: Address, limits: BudgetLimits): Promise<Budget> {
    const key = await this.#owner(owner);
    return this.#require().book.open(key, checkLimitsShape(limits));
  }

  async budgets(): Promise<Budget[]> {
    return this.#require('agent').book.list();
  }

  async signPayment(budgetId: string, payment: BudgetPayment): Promise<SignedPayment> {
    return this.#require('agent').book.sign(String(budgetId), checkPaymentShape(payment));
  }

  async releasePayment(budgetId: string, nonce: Hex): Promise<void> {
    return this.#require('agent').book.release(String(budgetId), checkHex(nonce, 32));
  }

  async stopBudget(
    budgetId: string,
    sweep?: { value: bigint; validBefore: bigint; nonce: Hex },
  ): Promise<{ sweep?: Hex }> {
    const { book, keys } = this.#require();
    return book.stop(String(budgetId), keys.derive(0).address, sweep && checkSweepShape(sweep));
  }

  /** Drops every key; also what another tab's lock or erasure asks for. */
  forget(why: VaultChange): void {
    clearTimeout(this.#timer);
    const wasOpen = this.#open !== undefined;
    this.#open = undefined;
    this.#offered = undefined;
    if (wasOpen || why === 'erased') this.#tell(why);
  }

  #begin(keys: OpenKeys): void {
    const now = () => BigInt(Math.floor(this.#now() / 1000));
    this.#open = { keys, book: new BudgetBook(keys, this.parts.store, this.parts.locks, now) };
    this.#touch();
  }

  /** Under one lock, so that many guesses at once are still one after another. */
  #reveal(password: string): Promise<string> {
    return this.parts.locks.exclusive(RECORD_LOCK, async () => {
      const record = await this.#record();
      if (!record)
        throw new HskError('VAULT_EMPTY', 'There is no wallet in this browser yet', {
          action: 'Create one, or restore yours from its recovery phrase.',
        });
      await this.#throttle.admit();
      const phrase = await openPhrase(record, String(password));
      if (phrase === undefined) throw await this.#throttle.wrong();
      await this.#throttle.right();
      return phrase;
    });
  }

  async #record(): Promise<VaultRecord | undefined> {
    return (await this.parts.store.get(RECORD)) as VaultRecord | undefined;
  }

  #touch(): void {
    this.#touched = this.#now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.forget('idle'), this.#idle);
    // Node would otherwise wait for the timer before it ends.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Timers sleep with the machine; the clock does not. */
  #opened(): Open | undefined {
    if (this.#open && this.#now() - this.#touched >= this.#idle) this.forget('idle');
    return this.#open;
  }

  /** An agent's payments do not keep its owner's wallet open. */
  #require(by: 'person' | 'agent' = 'person'): Open {
    const open = this.#opened();
    if (!open)
      throw new HskError('VAULT_LOCKED', 'The wallet is locked', {
        action: 'Unlock it with your password.',
      });
    if (by === 'person') this.#touch();
    return open;
  }

  #isOwner(open: Open, account: Address): boolean {
    return sameAddress(checkAddress(account), open.keys.derive(0).address);
  }

  async #owner(account: Address): Promise<DerivedKey> {
    const open = this.#require();
    if (this.#isOwner(open, account)) return open.keys.derive(0);
    throw (await open.book.find(account)) ? budgetAccount(account) : unknownAccount(account);
  }

  #tell(why: VaultChange): void {
    this.parts.onChange?.(why);
  }
}

function unknownAccount(account: string): HskError {
  return new HskError('ACCOUNT_UNKNOWN', 'The wallet does not hold this account', { details: account });
}
