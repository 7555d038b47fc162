import type { Share } from './multiplier.ts';

/** Work of one point of G2 in points of G1. */
const G2 = 3.2;
/** Work of a multiplication that does not depend on its size: sums over buckets. */
const BUCKETS = 150;
/** Work of a scalar of few bits, of which a circuit has many: a bit adds a point once. */
const NARROW = 0.08;

/** Work in points of G1 with full scalars. */
export function work({ base, scalars }: Share): number {
  let wide = 0;
  const words = new DataView(scalars.buffer, scalars.byteOffset, scalars.byteLength);
  for (let at = 16; at < scalars.length; at += 32) if (words.getBigUint64(at, true) !== 0n) wide++;
  const narrow = scalars.length / 32 - wide;
  return (BUCKETS + wide + NARROW * narrow) * (base === 'B2' ? G2 : 1);
}

export interface Division {
  /** Begun by the other thread at once. */
  theirs: Share[];
  ours: Share[];
  /** How many of the quotient's points are theirs, once its scalars are known. */
  rows: number;
}

/** Work of the quotient's Fourier transforms, which are ours. */
const TRANSFORMS = 800;

/** Divides between two threads of equal speed: largest first, then what evens it out of the quotient's sum. */
export function divide(shares: readonly Share[], domain: number): Division {
  const sizes = new Map(shares.map((share) => [share, work(share)]));
  let left = ([...sizes.values()].reduce((sum, size) => sum + size, 0) + TRANSFORMS + domain) / 2;
  const theirs: Share[] = [];
  const ours: Share[] = [];
  for (const share of shares.toSorted((a, b) => sizes.get(b)! - sizes.get(a)!)) {
    const size = sizes.get(share)!;
    if (size <= left) {
      left -= size;
      theirs.push(share);
    } else ours.push(share);
  }
  return { theirs, ours, rows: Math.min(domain, Math.max(0, Math.round(left - BUCKETS))) };
}
