import type { Hex } from 'viem';
import { bytesToHex } from './hex.ts';
import type { Committee } from './attestation.ts';
import { decodeKey, type G2Point, verifyAggregate } from './bls.ts';
import { committeeHash, g2ToEip2537 } from './committee.ts';
import { verifySignatures } from './ecdsa.ts';
import { HskError } from './errors.ts';

/**
 * A committee whose keys were decoded and checked once, whatever its scheme; decoding four BLS keys costs
 * more than one verification.
 */
export class PreparedCommittee {
  readonly epoch: bigint;
  readonly threshold: number;
  readonly size: number;
  /** What the registry stores for the epoch. */
  readonly hash: Hex;
  readonly #verify: (digest: Hex, signature: Hex, signers: readonly number[]) => boolean;

  /**
   * @throws `COMMITTEE_THRESHOLD` (0, or more than there are members), `COMMITTEE_KEY` for a key that is
   * not a point, infinity, there twice, or (ECDSA) not in ascending order
   */
  constructor(readonly committee: Committee) {
    const { epoch, threshold, keys } = committee;
    if (threshold < 1 || threshold > keys.length)
      throw new HskError('COMMITTEE_THRESHOLD', "The committee's threshold cannot be met or means nothing", {
        details: `${threshold} of ${keys.length}`,
      });
    this.epoch = epoch;
    this.threshold = threshold;
    this.size = keys.length;
    const seen = new Set<string>();
    keys.forEach((key, index) => {
      if (seen.has(key.toLowerCase())) throw badKey(index, 'the key is there twice');
      seen.add(key.toLowerCase());
    });
    if (committee.scheme === 'ecdsa') {
      const addresses = keys.map((key) => key.toLowerCase() as Hex);
      addresses.forEach((key, index) => {
        if (index > 0 && key < addresses[index - 1]!) throw badKey(index, 'the addresses are not sorted');
      });
      this.hash = committeeHash(threshold, addresses);
      this.#verify = (digest, signature, signers) =>
        verifySignatures(digest, signature, pick(addresses, signers));
      return;
    }
    const points = keys.map((key, index): G2Point => {
      try {
        return decodeKey(key);
      } catch (cause) {
        throw badKey(index, 'the key is not a usable point', cause);
      }
    });
    this.hash = committeeHash(
      threshold,
      points.map((point) => g2ToEip2537(bytesToHex(point.toBytes(false)))),
    );
    this.#verify = (digest, signature, signers) => verifyAggregate(digest, signature, pick(points, signers));
  }

  /**
   * Whether exactly these members (ascending) signed the 32-byte digest.
   * @throws `BLS_POINT_INVALID` for a BLS signature that is no point
   */
  isSignedBy(digest: Hex, signature: Hex, signers: readonly number[]): boolean {
    return this.#verify(digest, signature, signers);
  }
}

function pick<T>(keys: readonly T[], indices: readonly number[]): T[] {
  return indices.map((index) => keys[index]!);
}

function badKey(index: number, details: string, cause?: unknown): HskError {
  return new HskError('COMMITTEE_KEY', `Key ${index} of the committee is refused`, { details, cause });
}
