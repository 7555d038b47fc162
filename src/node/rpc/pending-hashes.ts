import type { Hex } from 'viem';
import type { Ledger } from '../chain/ledger.ts';

/** Hashes that are kept for those who have not asked yet; the oldest go first. */
const KEPT = 65_536;

/** The hashes that came into the pool, numbered in order: one list for every filter. */
export class PendingHashes {
  readonly #ledger: Ledger;
  #hashes: Hex[] = [];
  /** Number of the first that is kept. */
  #first = 0;
  #listening = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Listens from now on. Returns the number that the next hash gets. */
  start(): number {
    if (!this.#listening) this.#ledger.events.on('pending', this.#take);
    this.#listening = true;
    return this.#first + this.#hashes.length;
  }

  stop(): void {
    this.#ledger.events.off('pending', this.#take);
    this.#listening = false;
    this.#first += this.#hashes.length;
    this.#hashes = [];
  }

  /** The hashes from number `from` on, and the number of the one after them. */
  since(from: number): { hashes: Hex[]; end: number } {
    return {
      hashes: this.#hashes.slice(Math.max(0, from - this.#first)),
      end: this.#first + this.#hashes.length,
    };
  }

  readonly #take = (hash: Hex): void => {
    this.#hashes.push(hash);
    if (this.#hashes.length < 2 * KEPT) return;
    this.#hashes = this.#hashes.slice(KEPT);
    this.#first += KEPT;
  };
}
