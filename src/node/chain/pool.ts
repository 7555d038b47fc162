import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { effectiveTip, feeCap, maximumCost, type SignedTransaction, tipCap } from './transaction.ts';

/** What the head state says of a sender. */
export interface SenderState {
  nonce: bigint;
  balance: bigint;
  /** Has code that is no EIP-7702 delegation: may not send (EIP-3607). */
  contract: boolean;
}

export interface PoolLimits {
  /** Transactions in all. */
  total: number;
  /** Transactions of one sender. */
  perSender: number;
  /** How far beyond the next free nonce a transaction may run ahead: parallel requests reorder. */
  nonceWindow: bigint;
  /** Milliseconds that a transaction may wait for an earlier nonce to come (as geth). */
  gapLifetime: number;
}

const DEFAULT_LIMITS: PoolLimits = {
  total: 50_000,
  perSender: 16_384,
  nonceWindow: 1024n,
  gapLifetime: 3 * 60 * 60 * 1000,
};

/** How often the pool is searched for what has waited too long, in milliseconds. */
const EXPIRY_INTERVAL = 60_000;

/** geth's rule: a replacement pays at least a tenth more, in fee cap and in tip. */
const PRICE_BUMP_PERCENT = 10n;

interface Entry {
  transaction: SignedTransaction;
  arrival: number;
  /** Milliseconds since 1970. */
  since: number;
}

class Queue {
  readonly byNonce = new Map<bigint, Entry>();
  /** Sum of the maximum costs. */
  cost = 0n;
  /** The sender's nonce in the state, as last seen. */
  base: bigint;

  constructor(base: bigint) {
    this.base = base;
  }

  nextFree(from: bigint): bigint {
    let nonce = from;
    while (this.byNonce.has(nonce)) nonce++;
    return nonce;
  }
}

/** Transactions that wait for a block. Errors are spelt as geth spells them; wallets match on the words. */
export class TransactionPool {
  readonly #queues = new Map<Address, Queue>();
  readonly #byHash = new Map<Hex, Entry>();
  readonly #limits: PoolLimits;
  #arrivals = 0;
  /** What a full pool gives up first, the last one before the others; what left the pool since is skipped. */
  #expendable: Entry[] = [];
  #lastExpiry = 0;

  constructor(limits: Partial<PoolLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get size(): number {
    return this.#byHash.size;
  }

  get(hash: Hex): SignedTransaction | undefined {
    return this.#byHash.get(hash)?.transaction;
  }

  /** The nonce that the sender's next transaction should carry, given the head's. */
  nextNonce(sender: Address, stateNonce: bigint): bigint {
    return this.#queues.get(sender)?.nextFree(stateNonce) ?? stateNonce;
  }

  all(): SignedTransaction[] {
    return [...this.#byHash.values()].map((entry) => entry.transaction);
  }

  /** @throws `TRANSACTION_REFUSED` in geth's words when the transaction may not wait here. */
  check(transaction: SignedTransaction, sender: SenderState, blockGasLimit: bigint): void {
    const { tx, hash } = transaction;
    if (this.#byHash.has(hash)) throw refused('already known');
    if (tx.gasLimit > blockGasLimit) throw refused('exceeds block gas limit');
    if (tipCap(transaction) > feeCap(transaction))
      throw refused(
        `max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: ${tipCap(transaction)}, maxFeePerGas: ${feeCap(transaction)}`,
      );
    const intrinsic = minimumGas(transaction);
    if (tx.gasLimit < intrinsic)
      throw refused(`intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${intrinsic}`);
    if (sender.contract) throw refused('sender not an eoa');
    if (tx.nonce < sender.nonce)
      throw refused(`nonce too low: next nonce ${sender.nonce}, tx nonce ${tx.nonce}`);

    const queue = this.#queues.get(transaction.sender);
    if (queue) queue.base = sender.nonce;
    const replaced = queue?.byNonce.get(tx.nonce);
    if (replaced && !outbids(transaction, replaced.transaction))
      throw refused('replacement transaction underpriced');
    if (!replaced) {
      const next = queue?.nextFree(sender.nonce) ?? sender.nonce;
      if (tx.nonce > next + this.#limits.nonceWindow)
        throw refused(`nonce too high: next nonce ${next}, tx nonce ${tx.nonce}`);
      if (queue && queue.byNonce.size >= this.#limits.perSender)
        throw refused('account limit exceeded: too many pending transactions of one sender');
      if (this.size >= this.#limits.total && !this.#outbidsSomebody(transaction, tx.nonce > next))
        throw refused('txpool is full');
    }
    const queued = (queue?.cost ?? 0n) - (replaced ? maximumCost(replaced.transaction) : 0n);
    const cost = maximumCost(transaction);
    if (sender.balance < cost)
      throw refused(
        `insufficient funds for gas * price + value: balance ${sender.balance}, tx cost ${cost}, overshot ${cost - sender.balance}`,
      );
    if (sender.balance < queued + cost)
      throw refused(
        `insufficient funds for gas * price + value: balance ${sender.balance}, queued cost ${queued}, tx cost ${cost}, overshot ${queued + cost - sender.balance}`,
      );
  }

  /**
   * Takes a checked transaction in at `now`, milliseconds since 1970. Returns what leaves for it: the one it
   * replaces, or in a full pool the one that pays least.
   * @param stateNonce of the sender
   */
  add(transaction: SignedTransaction, stateNonce: bigint, now: number): SignedTransaction | undefined {
    let queue = this.#queues.get(transaction.sender);
    if (!queue) this.#queues.set(transaction.sender, (queue = new Queue(stateNonce)));
    const replaced = queue.byNonce.get(transaction.tx.nonce);
    const leaving =
      replaced ?? (this.size >= this.#limits.total ? this.#worst(transaction.sender) : undefined);
    if (leaving) this.remove(leaving.transaction);
    // A queue that its only entry left was dropped from the map by `remove`.
    this.#queues.set(transaction.sender, queue);
    const entry = { transaction, arrival: this.#arrivals++, since: now };
    queue.byNonce.set(transaction.tx.nonce, entry);
    queue.cost += maximumCost(transaction);
    this.#byHash.set(transaction.hash, entry);
    return leaving?.transaction;
  }

  /** Takes out what has waited too long for an earlier nonce, so that it cannot fill the pool for good. */
  expire(now: number): SignedTransaction[] {
    if (now - this.#lastExpiry < EXPIRY_INTERVAL) return [];
    this.#lastExpiry = now;
    const expired: SignedTransaction[] = [];
    for (const queue of this.#queues.values()) {
      const next = queue.nextFree(queue.base);
      for (const { transaction, since } of queue.byNonce.values())
        if (transaction.tx.nonce > next && now - since > this.#limits.gapLifetime) expired.push(transaction);
    }
    for (const transaction of expired) this.remove(transaction);
    return expired;
  }

  #outbidsSomebody(offer: SignedTransaction, gapped: boolean): boolean {
    const worst = gapped ? undefined : this.#worst(offer.sender);
    if (!worst) return false;
    return this.#isGapped(worst) || tipCap(offer) > tipCap(worst.transaction);
  }

  #isGapped({ transaction }: Entry): boolean {
    const queue = this.#queues.get(transaction.sender)!;
    return transaction.tx.nonce > queue.nextFree(queue.base);
  }

  /** What goes first: the last nonce of another sender, gapped ones before those with the lowest tip. */
  #worst(except: Address): Entry | undefined {
    for (let searched = false; ; searched = true) {
      for (let at = this.#expendable.length - 1; at >= 0; at--) {
        const entry = this.#expendable[at]!;
        const { sender, tx, hash } = entry.transaction;
        const isLast =
          this.#byHash.get(hash) === entry && !this.#queues.get(sender)!.byNonce.has(tx.nonce + 1n);
        if (!isLast) this.#expendable.splice(at, 1);
        else if (sender !== except) return entry;
      }
      if (searched) return undefined;
      this.#expendable = this.#search();
    }
  }

  /** A hundredth of the pool at a time: a full pool is not searched for every newcomer. */
  #search(): Entry[] {
    const last = [...this.#queues.values()].map((queue) => {
      const entries = [...queue.byNonce.values()];
      const entry = entries.reduce((a, b) => (a.transaction.tx.nonce > b.transaction.tx.nonce ? a : b));
      return { entry, gapped: this.#isGapped(entry), tip: tipCap(entry.transaction) };
    });
    const order = last.toSorted((a, b) =>
      a.gapped === b.gapped ? Number(b.tip - a.tip) : Number(a.gapped) - Number(b.gapped),
    );
    return order.slice(-Math.max(1, Math.ceil(this.#limits.total / 100))).map(({ entry }) => entry);
  }

  remove(transaction: SignedTransaction): void {
    if (!this.#byHash.delete(transaction.hash)) return;
    const queue = this.#queues.get(transaction.sender)!;
    queue.byNonce.delete(transaction.tx.nonce);
    queue.cost -= maximumCost(transaction);
    if (queue.byNonce.size === 0) this.#queues.delete(transaction.sender);
  }

  /** Takes out what a block has overtaken: nonces below the sender's new one. Returns those. */
  overtaken(sender: Address, nonce: bigint): SignedTransaction[] {
    const queue = this.#queues.get(sender);
    if (queue) queue.base = nonce;
    const stale = [...(this.#queues.get(sender)?.byNonce.values() ?? [])]
      .map((entry) => entry.transaction)
      .filter((transaction) => transaction.tx.nonce < nonce);
    for (const transaction of stale) this.remove(transaction);
    return stale;
  }

  senders(): Address[] {
    return [...this.#queues.keys()];
  }

  /**
   * Draws transactions for one block: each sender's in nonce order, the best tip first, the earlier
   * arrival first among equals. `nonceOf` is the head's.
   */
  draw(baseFee: bigint, nonceOf: ReadonlyMap<Address, bigint>): Draw {
    const heads: Candidate[] = [];
    for (const [sender, queue] of this.#queues) {
      const head = candidate(queue, nonceOf.get(sender) ?? 0n, baseFee);
      if (head) push(heads, head);
    }
    const blocked = new Set<Address>();
    return {
      block: (sender) => blocked.add(sender),
      next: (gasLeft) => {
        for (let best = pop(heads); best; best = pop(heads)) {
          // What does not fit blocks only its own sender: its later nonces cannot go first.
          if (best.transaction.tx.gasLimit > gasLeft || blocked.has(best.transaction.sender)) continue;
          const queue = this.#queues.get(best.transaction.sender);
          const successor = queue && candidate(queue, best.transaction.tx.nonce + 1n, baseFee);
          if (successor) push(heads, successor);
          return best.transaction;
        }
        return undefined;
      },
    };
  }
}

export interface Draw {
  next(gasLeft: bigint): SignedTransaction | undefined;
  /** Nothing more of this sender: one of its transactions failed, so later nonces cannot follow. */
  block(sender: Address): void;
}

interface Candidate {
  transaction: SignedTransaction;
  tip: bigint;
  arrival: number;
}

function candidate(queue: Queue, nonce: bigint, baseFee: bigint): Candidate | undefined {
  const entry = queue.byNonce.get(nonce);
  if (!entry) return undefined;
  const tip = effectiveTip(entry.transaction, baseFee);
  return tip < 0n ? undefined : { transaction: entry.transaction, tip, arrival: entry.arrival };
}

function before(a: Candidate, b: Candidate): boolean {
  return a.tip === b.tip ? a.arrival < b.arrival : a.tip > b.tip;
}

/** A binary heap in an array, best first. */
function push(heap: Candidate[], item: Candidate): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(heap[at]!, heap[parent]!)) break;
    [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
    at = parent;
  }
}

function pop(heap: Candidate[]): Candidate | undefined {
  const best = heap[0];
  const last = heap.pop();
  if (best === undefined || last === undefined || heap.length === 0) return best;
  heap[0] = last;
  for (let at = 0; ;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, heap[at]!)) break;
    [heap[at], heap[child]] = [heap[child]!, heap[at]!];
    at = child;
  }
  return best;
}

function minimumGas({ tx }: SignedTransaction): bigint {
  const intrinsic = tx.getIntrinsicGas();
  // EIP-7623: calldata has a floor of its own.
  let tokens = 0n;
  for (const byte of tx.data) tokens += byte === 0 ? 1n : 4n;
  const floor = 21_000n + 10n * tokens;
  return intrinsic > floor ? intrinsic : floor;
}

function outbids(offer: SignedTransaction, standing: SignedTransaction): boolean {
  const bumped = (value: bigint) => (value * (100n + PRICE_BUMP_PERCENT) + 99n) / 100n;
  return feeCap(offer) >= bumped(feeCap(standing)) && tipCap(offer) >= bumped(tipCap(standing));
}

function refused(words: string): HskError {
  return new HskError('TRANSACTION_REFUSED', words);
}
