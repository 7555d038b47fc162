import type { Hex } from 'viem';
import { attestationDigest, type SignedAttestation } from '../../protocol/attestation.ts';
import { HskError } from '../../protocol/errors.ts';
import { verifyAttestation } from '../../protocol/verify-attestation.ts';
import { aggregateVotes } from '../committee/aggregate.ts';
import type { Bundle } from '../committee/bundle.ts';
import { type ChainTerms, contents, type Tip } from '../committee/check-proposal.ts';
import type { Vote } from '../committee/member-store.ts';
import type { CommitteeRegistry } from '../committee/registry.ts';

/** Who a block is asked of: a committee member, wherever it is. */
export interface BlockSource {
  /** To name it to a person. */
  readonly url: string;
  publicKey(): Promise<Hex>;
  tip(): Promise<Tip>;
  vote(blockNumber: bigint): Promise<Vote | undefined>;
  bundle(commitment: Hex): Promise<Uint8Array | undefined>;
  genesis(): Promise<Uint8Array | undefined>;
}

/** A block as the members kept it. */
export interface RecoveredBlock {
  hash: Hex;
  bundle: Bundle;
  /** Absent where fewer than the threshold signed it before the sequencer was lost. */
  signed?: SignedAttestation | undefined;
  /** Of the attestation. */
  digest: Hex;
}

export interface RecoveryParts {
  terms: Pick<ChainTerms, 'domain' | 'executionChainId'>;
  registry: CommitteeRegistry;
  sources: readonly BlockSource[];
}

/**
 * A block from those who hold it: the attestation that a threshold signed (handed on whole, or put together from the
 * members' own votes), and the data that it commits to.
 *
 * @param before what the block must follow
 * @throws `REBUILD_MISSING` when nobody has the block or its data, `REBUILD_CONFLICT` when members hold different ones
 *   and none is attested, `REBUILD_UNLINKED` when it does not follow the block before
 */
export async function recoverBlock(
  blockNumber: bigint,
  before: Pick<RecoveredBlock, 'hash' | 'digest'>,
  parts: RecoveryParts,
): Promise<RecoveredBlock> {
  const { terms, sources } = parts;
  const held = await Promise.all(
    sources.map(async (source) => ({ source, vote: await source.vote(blockNumber).catch(() => undefined) })),
  );
  const votes = held.flatMap(({ source, vote }) =>
    vote && vote.attestation.blockNumber === blockNumber ? [{ source, vote }] : [],
  );
  if (votes.length === 0) throw missing(blockNumber, 'no member knows it');
  const signed = await attested(votes, parts);
  const attestation = signed?.attestation ?? onlyOne(votes.map(({ vote }) => vote));
  const bytes = await firstBundle(attestation.dataHash, sources);
  if (!bytes) throw missing(blockNumber, 'no member has its data');
  const { bundle, blockHash } = contents(bytes);
  const unlinked = (details: string) =>
    new HskError('REBUILD_UNLINKED', 'A block of the committee does not follow the one before it', {
      details: `block ${blockNumber}: ${details}`,
      action: 'Ask other members; keep what these answered.',
    });
  if (blockHash !== attestation.blockHash || bundle.header.number !== blockNumber)
    throw unlinked('block hash');
  if (bundle.header.parentHash !== before.hash) throw unlinked('parent hash');
  if (attestation.previous !== before.digest) throw unlinked('attestation before');
  return { hash: blockHash, bundle, signed, digest: attestationDigest(terms.domain, attestation) };
}

interface Held {
  source: BlockSource;
  vote: Vote;
}

/** The attestation that counts, or nothing when too few signed. */
async function attested(
  votes: readonly Held[],
  { terms, registry }: RecoveryParts,
): Promise<SignedAttestation | undefined> {
  for (const { vote } of votes) {
    const committee = await registry.committee(vote.attestation.epoch);
    if (!committee || !vote.certificate) continue;
    const signed = { attestation: vote.attestation, ...vote.certificate };
    try {
      // An attestation of the past is judged by its own time.
      verifyAttestation({
        signed,
        domain: terms.domain,
        committee,
        executionChainId: terms.executionChainId,
        now: 0n,
      });
      return signed;
    } catch {
      // Another member may have handed on the true one.
    }
  }
  for (const { vote } of votes) {
    const committee = await registry.committee(vote.attestation.epoch);
    if (!committee) continue;
    const digest = attestationDigest(terms.domain, vote.attestation);
    const signatures = new Map<number, Hex>();
    for (const other of votes) {
      if (attestationDigest(terms.domain, other.vote.attestation) !== digest || !other.vote.signature)
        continue;
      const index = committee.committee.keys.indexOf(await other.source.publicKey());
      if (index >= 0) signatures.set(index, other.vote.signature);
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

function onlyOne(votes: readonly Vote[]) {
  const [first, ...others] = votes.map(({ attestation }) => attestation);
  const different = others.find(({ blockHash }) => blockHash !== first!.blockHash);
  if (different)
    throw new HskError(
      'REBUILD_CONFLICT',
      'Members hold different blocks of one height, and none is attested',
      {
        details: `block ${first!.blockNumber}: ${first!.blockHash} and ${different.blockHash}`,
        action: 'Read GET /evidence of these members: the sequencer proposed both.',
      },
    );
  return first!;
}

async function firstBundle(
  commitment: Hex,
  sources: readonly BlockSource[],
): Promise<Uint8Array | undefined> {
  let refusal: unknown;
  for (const source of sources) {
    const bytes = await source.bundle(commitment).catch((error: unknown) => {
      refusal = error;
      return undefined;
    });
    if (bytes) return bytes;
  }
  if (refusal) throw refusal;
  return undefined;
}

function missing(blockNumber: bigint, details: string): HskError {
  return new HskError('REBUILD_MISSING', 'A block cannot be had from the members', {
    details: `block ${blockNumber}: ${details}`,
    action: 'Name more members in --from.',
  });
}
