import type { BlockRecord } from './block-record.ts';
import type { Ledger } from './ledger.ts';

/** Milliseconds that a timer can count. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Asks a ledger for blocks: the clock of the chain. */
export class Sequencer {
  readonly #ledger: Ledger;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #pendingSince: number | undefined;
  #producing = false;
  #stopped = false;
  readonly #offPending: () => void;

  constructor(ledger: Ledger, onError: (error: unknown) => void) {
    this.#ledger = ledger;
    this.#onError = onError;
    const noticed = () => {
      if (this.#pendingSince !== undefined) return;
      this.#pendingSince = Date.now();
      this.#schedule();
    };
    ledger.events.on('pending', noticed);
    this.#offPending = () => ledger.events.off('pending', noticed);
    if (ledger.pool.size > 0) this.#pendingSince = Date.now();
    this.#schedule();
  }

  /** A block now. */
  async produce(): Promise<BlockRecord> {
    return this.#ledger.produce(BigInt(Math.floor(Date.now() / 1000)));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#offPending();
  }

  #schedule(): void {
    if (this.#stopped || this.#producing) return;
    clearTimeout(this.#timer);
    const delay = this.#ledger.consensus.delay(this.#ledger.head.header, Date.now(), this.#pendingSince);
    this.#timer = setTimeout(() => void this.#tick(), Math.min(Math.max(0, delay), LONGEST_DELAY));
  }

  async #tick(): Promise<void> {
    this.#producing = true;
    this.#pendingSince = undefined;
    try {
      const due = this.#ledger.consensus.delay(this.#ledger.head.header, Date.now(), undefined) <= 0;
      if (due || (await this.#ledger.executable())) await this.produce();
      // What did not fit, or came meanwhile, follows at once; what waits for an earlier nonce does not.
      if (await this.#ledger.executable()) this.#pendingSince ??= Date.now();
    } catch (error) {
      this.#stopped = true;
      this.#onError(error);
    } finally {
      this.#producing = false;
      this.#schedule();
    }
  }
}
