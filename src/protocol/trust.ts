import type { Hex } from 'viem';

/** The ladder of trust, lowest first (architecture: "The ladder of trust"). */
export const RUNGS = ['sequenced', 'attested', 'anchored', 'final'] as const;
export type Rung = (typeof RUNGS)[number];

export function atLeast(rung: Rung, wanted: Rung): boolean {
  return RUNGS.indexOf(rung) >= RUNGS.indexOf(wanted);
}

/** The execution block under which a value was proven. */
export interface BlockRef {
  number: bigint;
  hash: Hex;
  /** Seconds since 1970. */
  timestamp: bigint;
}

/** A value together with how far its proof reaches. `evidenceId` opens the evidence document. */
export interface Proven<T> {
  value: T;
  rung: Rung;
  block: BlockRef;
  evidenceId: string;
}
