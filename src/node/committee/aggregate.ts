import type { Hex } from 'viem';
import type { Attestation, SignedAttestation } from '../../protocol/attestation.ts';
import type { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError } from '../../protocol/errors.ts';
import { aggregateSignatures, verifyAggregate } from './bls.ts';

/**
 * One signature of the members' own, verified; where it fails, the members whose signature is wrong are left out.
 *
 * @param votes member index to signature, 48 bytes
 * @throws `COMMITTEE_BELOW_THRESHOLD`
 */
export function aggregateVotes(
  attestation: Attestation,
  digest: Hex,
  votes: ReadonlyMap<number, Hex>,
  committee: PreparedCommittee,
): SignedAttestation {
  const { size, threshold } = committee;
  const holds = (signature: Hex, signers: readonly number[]): boolean => {
    try {
      const keys = signers.map((index) => committee.committee.keys[index]!);
      return verifyAggregate(digest, signature, keys);
    } catch {
      return false;
    }
  };
  const build = (chosen: readonly [number, Hex][]): SignedAttestation | undefined => {
    if (chosen.length < threshold) return undefined;
    const signers = chosen.map(([index]) => index);
    try {
      const signature = aggregateSignatures(chosen.map(([, vote]) => vote));
      if (holds(signature, signers)) return { attestation, bitmap: bitmapOf(signers, size), signature };
    } catch {
      // A vote that is no point at all: the votes are looked at one by one below.
    }
    return undefined;
  };
  const sorted = [...votes].toSorted(([a], [b]) => a - b);
  const all = build(sorted);
  if (all) return all;
  const good = sorted.filter(([index, vote]) => holds(vote, [index]));
  const some = build(good);
  if (some) return some;
  throw new HskError('COMMITTEE_BELOW_THRESHOLD', 'Too few committee members signed correctly', {
    details: `${good.length} of ${threshold}`,
  });
}

/** Member i is bit i & 7 of byte i >> 3. */
export function bitmapOf(indices: readonly number[], members: number): Hex {
  const bytes = new Uint8Array(Math.ceil(members / 8));
  for (const index of indices) bytes[index >> 3]! |= 1 << (index & 7);
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
