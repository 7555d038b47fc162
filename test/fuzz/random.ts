import { seededRandom } from '../protocol/vectors.ts';

/** Choices that a seed repeats. */
export class Random {
  readonly #below: (below: number) => number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike.
    this.#below = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
    for (let round = 0; round < 8; round++) this.#below(2);
  }

  /** 0 to `end`, exclusive. */
  below(end: number): number {
    return this.#below(end);
  }

  /** 1 to `most`, inclusive. */
  amount(most: bigint): bigint {
    return 1n + (BigInt(this.#below(2 ** 31)) * most) / 2n ** 31n;
  }

  chance(percent: number): boolean {
    return this.#below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }
}
