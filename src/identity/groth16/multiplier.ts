import { type Curve, JACOBIAN } from './curve.ts';
import type { BaseName, Bases } from './proving-key.ts';

/** Part of a sum: scalars for the points from `from` on. */
export interface Share {
  base: BaseName;
  from: number;
  /** 32 bytes each. */
  scalars: Uint8Array;
}

/** Groups and points, as a thread is given them. */
export type Points = Record<BaseName, Pick<Bases, 'group' | 'points'>>;

/** Keeps the points in the curve's memory and multiplies there; each thread has one. */
export class Multiplier {
  readonly #curve: Curve;
  readonly #bases: Record<BaseName, { group: Bases['group']; pointer: number; size: number }>;

  constructor(curve: Curve, points: Points) {
    this.#curve = curve;
    const keep = (name: BaseName) => {
      const { group, points: bytes } = points[name];
      return { group, pointer: curve.put(bytes), size: group === 'g1m' ? 64 : 128 };
    };
    this.#bases = { A: keep('A'), B1: keep('B1'), B2: keep('B2'), C: keep('C'), H: keep('H') };
  }

  /** The Jacobian sum. */
  sum({ base, from, scalars }: Share): Uint8Array {
    const { group, pointer, size } = this.#bases[base];
    const curve = this.#curve;
    return curve.scoped(() =>
      curve.get(curve.multiply(group, pointer + size * from, scalars), JACOBIAN[group]),
    );
  }

  /** Adds sums of one base. */
  add(base: BaseName, sums: readonly Uint8Array[]): Uint8Array {
    const { group } = this.#bases[base];
    const curve = this.#curve;
    return curve.scoped(() => {
      const [first, ...others] = sums;
      const result = curve.put(first!);
      for (const sum of others) curve.add(group, result, curve.put(sum));
      return curve.get(result, JACOBIAN[group]);
    });
  }
}
