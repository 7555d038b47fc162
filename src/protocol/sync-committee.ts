import type { Hex } from 'viem';
import { hexToBytes } from './hex.ts';
import { decodeG1, type G1Point, verifyLong } from './bls.ts';
import { HskError } from './errors.ts';
import { hex, list, object, type Parser } from './parse.ts';
import { bytesRoot, merkleize, rootHex } from './ssz.ts';

/** `SyncCommittee` of the consensus specification: who signs headers for one period. */
export interface SyncCommittee {
  /** 48 bytes each; a validator may stand there more than once. */
  pubkeys: Hex[];
  /** Their sum. The beacon state computes it, so a committee proven by its root proves this too. */
  aggregatePubkey: Hex;
}

/** Who signed, and the sum of their signatures. */
export interface SyncAggregate {
  /** Bit vector; member `i` is bit `i % 8` of byte `i / 8`. */
  syncCommitteeBits: Hex;
  /** 96 bytes, in G2. */
  syncCommitteeSignature: Hex;
}

/** A committee with its root computed once and its keys decoded when first needed: one costs over a millisecond. */
export class PreparedSyncCommittee {
  readonly root: Hex;
  readonly size: number;
  readonly #points: (G1Point | undefined)[] = [];
  #aggregate: G1Point | undefined;

  /** @throws `SYNC_COMMITTEE_SIZE` */
  constructor(
    readonly committee: SyncCommittee,
    size: number,
  ) {
    if (committee.pubkeys.length !== size)
      throw new HskError('SYNC_COMMITTEE_SIZE', 'The sync committee has another size than the preset says', {
        details: `${committee.pubkeys.length} keys, ${size} expected`,
      });
    this.size = size;
    this.root = rootHex(
      merkleize([merkleize(committee.pubkeys.map(bytesRoot)), bytesRoot(committee.aggregatePubkey)]),
    );
  }

  /** The members that a bit vector names. @throws `SYNC_BITS` for one of another length */
  participants(bits: Hex): number[] {
    const bytes = hexToBytes(bits);
    if (bytes.length * 8 !== this.size)
      throw new HskError('SYNC_BITS', 'The participation bits have another length than the committee', {
        details: `${bytes.length * 8} bits, ${this.size} members`,
      });
    const named: number[] = [];
    for (let index = 0; index < this.size; index++)
      if ((bytes[index >> 3]! >> (index & 7)) & 1) named.push(index);
    return named;
  }

  /**
   * Whether exactly these members signed the root.
   * @throws `BLS_POINT_INVALID` for a signature or a key that is no point
   */
  isSignedBy(signingRoot: Hex, signature: Hex, signers: readonly number[]): boolean {
    return signers.length > 0 && verifyLong(signingRoot, signature, this.#sumOf(signers));
  }

  /** Of few absent ones the sum of all less theirs, which decodes fewer keys. */
  #sumOf(signers: readonly number[]): G1Point {
    if (signers.length * 2 < this.size) return sum(signers.map((index) => this.#point(index)));
    const present = new Set(signers);
    this.#aggregate ??= decodeG1(this.committee.aggregatePubkey);
    let total = this.#aggregate;
    for (let index = 0; index < this.size; index++)
      if (!present.has(index)) total = total.subtract(this.#point(index));
    return total;
  }

  #point(index: number): G1Point {
    return (this.#points[index] ??= decodeG1(this.committee.pubkeys[index]!));
  }
}

function sum(points: readonly G1Point[]): G1Point {
  return points.reduce((total, point) => total.add(point));
}

export const parseSyncCommittee: Parser<SyncCommittee> = object<SyncCommittee>({
  pubkeys: list(hex(48), 512),
  aggregatePubkey: hex(48),
});

export const parseSyncAggregate: Parser<SyncAggregate> = object<SyncAggregate>({
  syncCommitteeBits: hex(),
  syncCommitteeSignature: hex(96),
});
