import type { Hex } from 'viem';
import { attestationDigest, type SignedAttestation } from '../../protocol/attestation.ts';
import { verifyAttestation } from '../../protocol/verify-attestation.ts';
import { aggregateVotes } from './aggregate.ts';
import type { ChainTerms } from './check-proposal.ts';
import type { Vote } from './member-store.ts';
import type { CommitteeRegistry } from './registry.ts';

/** What a member keeps about a block, and whose word it is. */
export interface HeldVote {
  /** The member's. */
  publicKey: Hex;
  vote: Vote;
}

/**
 * The attestation that a threshold signed, from what members kept: handed on whole by one of them, or put together
 * from their own votes. Each is verified; a member's word alone is none.
 */
export async function recoverAttestation(
  votes: readonly HeldVote[],
  { domain, executionChainId }: Pick<ChainTerms, 'domain' | 'executionChainId'>,
  registry: CommitteeRegistry,
): Promise<SignedAttestation | undefined> {
  for (const { vote } of votes) {
    const committee = await registry.committee(vote.attestation.epoch);
    if (!committee || !vote.certificate) continue;
    const signed = { attestation: vote.attestation, ...vote.certificate };
    try {
      // An attestation of the past is judged by its own time.
      verifyAttestation({ signed, domain, committee, executionChainId, now: 0n });
      return signed;
    } catch {
      // Another member may have handed on the true one.
    }
  }
  for (const { vote } of votes) {
    const committee = await registry.committee(vote.attestation.epoch);
    if (!committee) continue;
    const digest = attestationDigest(domain, vote.attestation);
    const signatures = new Map<number, Hex>();
    for (const { publicKey, vote: other } of votes) {
      if (!other.signature || attestationDigest(domain, other.attestation) !== digest) continue;
      const index = committee.committee.keys.indexOf(publicKey);
      if (index >= 0) signatures.set(index, other.signature);
    }
    if (signatures.size < committee.threshold) continue;
    try {
      return aggregateVotes(vote.attestation, digest, signatures, committee);
    } catch {
      // Too many of them are wrong: then nothing is attested by these.
    }
  }
  return undefined;
}
