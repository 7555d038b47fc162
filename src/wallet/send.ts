import { type Address, type Hex, keccak256 } from 'viem';
import type { LightClientApi, ProvenReceipt } from '../light-client/light-client-api.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import { sameAddress } from '../protocol/address.ts';
import type { Proven } from '../protocol/trust.ts';
import type { Journal, SentTransaction } from './journal.ts';
import { type Call, prepareTransaction } from './prepare.ts';
import type { VaultApi } from './vault-api.ts';
import type { Locks } from './vault/locks.ts';

/** How far a transaction has come. `problem` is why the last step has to be tried again. */
export type SendProgress =
  | { stage: 'preparing' }
  | { stage: 'broadcasting'; hash: Hex; problem?: HskError }
  | { stage: 'pending'; hash: Hex; problem?: HskError }
  | { stage: 'sequenced'; hash: Hex; receipt: Proven<ProvenReceipt> };

/** A contract call or payment: signed once, kept, and broadcast until the chain has decided. */
export interface SendCall {
  /** The same id is the same transaction, whenever and however often it is asked for. */
  id?: string;
  from?: Address;
  to: Address;
  data?: Hex;
  /** Wei of the native currency. */
  value?: bigint;
  /** What it does, in words, for the wallet's activity. */
  describe: string;
  /** Called as soon as the transaction is signed and kept. */
  onSent?(transactionHash: Hex): void;
  onProgress?(progress: SendProgress): void;
}

export interface SenderParts {
  vault: Pick<VaultApi, 'signTransaction'>;
  lightClient: Pick<LightClientApi, 'read' | 'header' | 'request' | 'requestUnverified'>;
  chainId: number;
  journal: Journal;
  locks: Locks;
  /** Told whenever the journal has changed. */
  onJournal?: () => void;
  /** Milliseconds since 1970. */
  now?: () => number;
  pause?: (milliseconds: number) => Promise<void>;
}

type Listener = (progress: SendProgress) => void;
interface Following {
  receipt: Promise<Proven<ProvenReceipt>>;
  listeners: Set<Listener>;
}

/** Milliseconds between looks at the chain while a transaction is young, and later. */
const PACE = { young: 200, old: 1000, youth: 10_000, rebroadcast: 8000 };

/** Signs, keeps, broadcasts and follows transactions. An unknown outcome is answered with the same bytes. */
export class Sender {
  readonly #following = new Map<Hex, Following>();
  readonly #now: () => number;
  readonly #pause: (milliseconds: number) => Promise<void>;
  #ended = false;

  constructor(private readonly parts: SenderParts) {
    this.#now = parts.now ?? Date.now;
    this.#pause = parts.pause ?? ((milliseconds) => new Promise((done) => setTimeout(done, milliseconds)));
  }

  /** Takes up everything that was on its way when the page was closed. */
  async resume(): Promise<void> {
    for (const entry of await this.parts.journal.list())
      if (entry.status === 'pending') this.#follow(entry, true).catch(() => undefined);
  }

  end(): void {
    this.#ended = true;
  }

  /**
   * Resolves with the receipt proven at `attested` or above, reverted or not.
   *
   * @throws `TRANSACTION_REFUSED`, `TRANSACTION_REPLACED`, the codes of `prepareTransaction` and of the vault
   */
  async send(call: SendCall & { from: Address }): Promise<Proven<ProvenReceipt>> {
    call.onProgress?.({ stage: 'preparing' });
    const { entry, known } = await this.#journalled(call);
    call.onSent?.(entry.hash);
    return this.#follow(entry, known, call.onProgress?.bind(call));
  }

  /** One tab at a time: no two transactions are signed for the same nonce, nor one id twice. */
  #journalled(call: SendCall & { from: Address }): Promise<{ entry: SentTransaction; known: boolean }> {
    const { journal, locks, vault, lightClient, chainId } = this.parts;
    return locks.exclusive(`hsk-wallet-send/${chainId}/${call.from.toLowerCase()}`, async () => {
      const known = call.id === undefined ? undefined : await journal.find(call.id);
      if (known) return { entry: await this.#again(known, call), known: true };
      const wanted: Call = { from: call.from, to: call.to, data: call.data ?? '0x', value: call.value ?? 0n };
      const sent = (await journal.list()).filter(({ from }) => sameAddress(from, call.from));
      const request = await prepareTransaction(lightClient, chainId, wanted, sent);
      const raw = await vault.signTransaction(call.from, request);
      const hash = keccak256(raw);
      const entry: SentTransaction = {
        id: call.id ?? hash,
        hash,
        raw,
        ...wanted,
        nonce: request.nonce,
        describe: call.describe,
        sentAt: Math.floor(this.#now() / 1000),
        status: 'pending',
      };
      await this.#keep(entry);
      return { entry, known: false };
    });
  }

  /** What was signed under an id is never signed again, only broadcast again. @throws `SEND_ID_REUSED` */
  async #again(known: SentTransaction, call: SendCall): Promise<SentTransaction> {
    const same =
      sameAddress(known.to, call.to) &&
      known.data === (call.data ?? '0x') &&
      known.value === (call.value ?? 0n);
    if (!same)
      throw new HskError('SEND_ID_REUSED', 'Another transaction was sent under this id', {
        details: known.id,
      });
    if (known.status !== 'refused') return known;
    const entry: SentTransaction = { ...known, status: 'pending' };
    await this.#keep(entry);
    return entry;
  }

  #follow(entry: SentTransaction, known: boolean, listener?: Listener): Promise<Proven<ProvenReceipt>> {
    let following = this.#following.get(entry.hash);
    if (!following) {
      const listeners = new Set<Listener>();
      const receipt = this.#decide(entry, known, (progress) =>
        listeners.forEach((tell) => tell(progress)),
      ).finally(() => this.#following.delete(entry.hash));
      following = { receipt, listeners };
      this.#following.set(entry.hash, following);
    }
    if (listener) following.listeners.add(listener);
    return following.receipt;
  }

  async #decide(entry: SentTransaction, uncertain: boolean, tell: Listener): Promise<Proven<ProvenReceipt>> {
    const { hash } = entry;
    const begun = this.#now();
    let broadcastAt = 0;
    let refusals = 0;
    let problem: HskError | undefined;
    // Listeners are added right after the call.
    await Promise.resolve();
    while (!this.#ended) {
      const open = entry.status === 'pending' || entry.status === 'replaced';
      if (open && this.#now() - broadcastAt >= PACE.rebroadcast) {
        tell({ stage: 'broadcasting', hash, ...(problem && { problem }) });
        const outcome = await this.#broadcast(entry.raw);
        problem = outcome.problem;
        broadcastAt = this.#now();
        if (outcome.answer === 'unknown') {
          uncertain = true;
          broadcastAt -= PACE.rebroadcast - PACE.old;
        }
        if (outcome.answer === 'refused') {
          refusals++;
          broadcastAt -= PACE.rebroadcast - PACE.old;
        }
      }
      const receipt = await this.#receipt(hash).catch((error: unknown) => void (problem = toHskError(error)));
      if (receipt && receipt.rung !== 'sequenced') return this.#proven(entry, receipt);
      if (receipt) tell({ stage: 'sequenced', hash, receipt });
      else if (refusals > (uncertain ? 3 : 0)) throw await this.#refused(entry, problem);
      else {
        if (await this.#replaced(entry)) throw await this.#gone(entry);
        tell({ stage: 'pending', hash, ...(problem && { problem }) });
      }
      await this.#pause(this.#now() - begun < PACE.youth ? PACE.young : PACE.old);
    }
    throw new HskError('WALLET_CLOSED', 'The wallet was closed while the transaction was on its way', {
      action: 'It is kept, and followed again when the page is opened.',
    });
  }

  async #broadcast(
    raw: Hex,
  ): Promise<{ answer: 'taken' | 'used' | 'refused' | 'unknown'; problem?: HskError }> {
    try {
      await this.parts.lightClient.request({ method: 'eth_sendRawTransaction', params: [raw] });
      return { answer: 'taken' };
    } catch (error) {
      const problem = toHskError(error);
      if (problem.code !== 'RPC_ERROR') return { answer: 'unknown', problem };
      const said = problem.details ?? '';
      if (/already known|known transaction|already imported|already exists/i.test(said))
        return { answer: 'taken' };
      // Perhaps used by this very transaction: the receipt or the proven nonce will tell.
      if (/nonce.*too low|nonce.*already/i.test(said)) return { answer: 'used' };
      return { answer: 'refused', problem };
    }
  }

  async #receipt(hash: Hex): Promise<Proven<ProvenReceipt> | undefined> {
    try {
      return await this.parts.lightClient.read({
        kind: 'receipt',
        transactionHash: hash,
        minimum: 'sequenced',
      });
    } catch (error) {
      if (error instanceof HskError && error.code === 'RECEIPT_PENDING') return undefined;
      throw error;
    }
  }

  /** True when the proven nonce of the account is past this one and the endpoint still shows no receipt. */
  async #replaced(entry: SentTransaction): Promise<boolean> {
    try {
      const { value } = await this.parts.lightClient.read({ kind: 'account', address: entry.from });
      if (value.nonce <= BigInt(entry.nonce)) return false;
      // Asked after the nonce: the block that used it is attested by now, so an honest endpoint shows it.
      return (await this.#receipt(entry.hash)) === undefined;
    } catch {
      return false;
    }
  }

  async #proven(entry: SentTransaction, receipt: Proven<ProvenReceipt>): Promise<Proven<ProvenReceipt>> {
    await this.#keep({ ...entry, status: receipt.value.status, block: receipt.block });
    return receipt;
  }

  async #refused(entry: SentTransaction, problem: HskError | undefined): Promise<HskError> {
    await this.#keep({ ...entry, status: 'refused' });
    return new HskError('TRANSACTION_REFUSED', 'The chain did not take the transaction', {
      ...(problem?.details !== undefined && { details: problem.details }),
      action: 'Nothing has moved. Try again.',
      cause: problem,
    });
  }

  async #gone(entry: SentTransaction): Promise<HskError> {
    await this.#keep({ ...entry, status: 'replaced' });
    return new HskError('TRANSACTION_REPLACED', 'Another transaction of this account took its place', {
      details: `nonce ${entry.nonce} of ${entry.from}`,
      action: 'Look at your balance before you send it again.',
    });
  }

  async #keep(entry: SentTransaction): Promise<void> {
    await this.parts.journal.put(entry);
    this.parts.onJournal?.();
  }
}
