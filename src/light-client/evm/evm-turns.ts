import type { Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import type { EvmTask, OpenedEvm, OpenEvm, ProvenSource } from './evm-api.ts';

/** Milliseconds that an idle EVM may take to say that it is there. */
const PRESENCE = 2000;

/**
 * Runs calls in the EVM, one at a time, and ends an EVM that computes too long: whoever is ended is the one
 * that hung. The next call opens another.
 */
export class EvmTurns {
  #evm: OpenedEvm | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param limit milliseconds of computing; waiting for a proof does not count */
  constructor(
    private readonly open: OpenEvm,
    private readonly limit: number,
  ) {}

  /** @throws `EVM_TIMEOUT`, the codes of `EvmApi.run`, and those of opening */
  run(task: EvmTask, source: ProvenSource): Promise<Hex> {
    const turn = this.#last.then(() => this.#run(task, source));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #run(task: EvmTask, source: ProvenSource): Promise<Hex> {
    const evm = await this.#present();
    const clock = new Clock(this.limit);
    try {
      return await Promise.race([
        evm.run(task, {
          state: (address, slots) => clock.standStill(source.state(address, slots)),
          code: (address) => clock.standStill(source.code(address)),
          blockHash: (number) => clock.standStill(source.blockHash(number)),
        }),
        clock.rung,
      ]);
    } catch (error) {
      if (error instanceof HskError && error.code === 'EVM_TIMEOUT') this.#end();
      throw error;
    } finally {
      clock.stop();
    }
  }

  /** The page may have ended it. */
  async #present(): Promise<OpenedEvm> {
    if (this.#evm) {
      const clock = new Clock(PRESENCE);
      await Promise.race([this.#evm.ping(), clock.rung]).catch(() => this.#end());
      clock.stop();
    }
    return (this.#evm ??= await this.open());
  }

  #end(): void {
    this.#evm?.end();
    this.#evm = undefined;
  }
}

/** Rings after so many milliseconds in which it did not stand still. */
class Clock {
  readonly rung: Promise<never>;
  #ring!: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(private readonly limit: number) {
    this.rung = new Promise((_, reject) => {
      this.#ring = () =>
        reject(
          new HskError('EVM_TIMEOUT', 'The call computes for too long', {
            details: `more than ${limit} ms`,
            action: 'Ask for less in one call.',
          }),
        );
    });
    this.rung.catch(() => undefined);
    this.#wind();
  }

  async standStill<T>(wait: Promise<T>): Promise<T> {
    this.#asked++;
    this.stop();
    try {
      return await wait;
    } finally {
      if (--this.#asked === 0) this.#wind();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wind(): void {
    this.#timer = setTimeout(this.#ring, this.limit);
  }
}
