import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
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
    if (this.#evm) await inTime(PRESENCE, () => this.#evm!.ping()).catch(() => this.#end());
    const evm = (this.#evm ??= await this.open());
    try {
      return await inTime(this.limit, (standStill) =>
        evm.run(task, {
          state: (address, slots) => standStill(source.state(address, slots)),
          code: (address) => standStill(source.code(address)),
          blockHash: (number) => standStill(source.blockHash(number)),
        }),
      );
    } catch (error) {
      if (error instanceof HskError && error.code === 'EVM_TIMEOUT') this.#end();
      throw error;
    }
  }

  #end(): void {
    this.#evm?.end();
    this.#evm = undefined;
  }
}

type StandStill = <T>(wait: Promise<T>) => Promise<T>;

/** Rejects with `EVM_TIMEOUT` after so many milliseconds in which the clock did not stand still. */
function inTime<T>(limit: number, work: (standStill: StandStill) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const wind = () => {
      if (over) return;
      timer = setTimeout(
        () =>
          reject(
            new HskError('EVM_TIMEOUT', 'The call computes for too long', {
              details: `more than ${limit} ms`,
            }),
          ),
        limit,
      );
    };
    const stop = () => clearTimeout(timer);
    wind();
    work((wait) => {
      stop();
      return wait.finally(wind);
    })
      .then(resolve, reject)
      .finally(() => {
        over = true;
        stop();
      });
  });
}
