/** How far the log has been executed again. */
export interface ReplayState {
  done: number;
  /** Blocks in all. */
  total: number;
  perSecond: number;
}

const INTERVAL_MS = 1000;

/** Counts the blocks of a replay, and tells of them at most once a second: a short one says nothing. */
export class ReplayProgress {
  readonly #total: number;
  readonly #tell: (state: ReplayState) => void;
  readonly #begun = performance.now();
  #told = this.#begun;
  #done = 0;
  #silent = true;

  constructor(total: number, tell: (state: ReplayState) => void = () => undefined) {
    this.#total = total;
    this.#tell = tell;
  }

  block(): void {
    this.#done++;
    const now = performance.now();
    if (now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    this.#say(now);
  }

  /** Also says that it is over, if it said anything. */
  end(): void {
    if (!this.#silent) this.#say(performance.now());
  }

  #say(now: number): void {
    this.#silent = false;
    const perSecond = (this.#done * 1000) / (now - this.#begun);
    this.#tell({ done: this.#done, total: this.#total, perSecond });
  }
}

/** In words for the operator. */
export function describeReplay({ done, total, perSecond }: ReplayState): string {
  const left = Math.ceil((total - done) / perSecond);
  const rest = done === total ? 'done' : `about ${left} s left`;
  return `executing the log again: block ${done} of ${total}, ${perSecond.toFixed(0)} a second, ${rest}`;
}
