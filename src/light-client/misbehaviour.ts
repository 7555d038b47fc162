import { executionHash } from '../protocol/execution-hash.ts';
import type { HskError } from '../protocol/errors.ts';
import { bigintToString } from '../protocol/evidence.ts';
import { encodeHeader } from '../protocol/header.ts';
import type { SignedAttestation } from '../protocol/attestation.ts';
import type { Misbehaviour } from '../protocol/misbehaviour.ts';
import { decodeQbftExtra } from '../protocol/qbft.ts';
import { verifySkip } from '../protocol/sealed-header.ts';
import { type Anchor, AnchorConflict } from './anchors.ts';
import { anchoredBeside, committeeEvidence } from './evidence.ts';
import type { Follower } from './follower.ts';
import { fetchHeader, ForkError, type HashedHeader, LinkedHeaders } from './linked-headers.ts';

/** Names the document among the evidence: it is no answer's. */
export const MISBEHAVIOUR = 'misbehaviour';

/** Heights between two attestations beyond which no document is made. */
const FARTHEST = 512n;

/**
 * The document of a proven contradiction, as JSON text; `undefined` where what was seen does not show by itself who
 * signed both. The checks are repeated by whoever reads it (`verify-misbehaviour.ts`).
 *
 * @param signed the attestation that contradicts the head, where it is one
 */
export async function writeMisbehaviour(
  follower: Follower,
  error: HskError,
  signed: SignedAttestation | undefined,
): Promise<string | undefined> {
  try {
    const conflict =
      error instanceof AnchorConflict
        ? await conflictingAnchor(follower, error.anchor)
        : signed
          ? await conflictingAttestations(follower, signed)
          : error instanceof ForkError && (await conflictingHeaders(follower, error));
    if (!conflict) return undefined;
    const document: Misbehaviour = { version: 1, profileDigest: follower.parts.digest, ...conflict };
    return `${JSON.stringify(document, bigintToString, 2)}\n`;
  } catch {
    return undefined;
  }
}

type Conflict<Kind> = Omit<Misbehaviour & { misbehaviour: Kind }, 'version' | 'profileDigest'>;

async function conflictingHeaders(
  { root }: Follower,
  { first, second }: ForkError,
): Promise<Conflict<'headers'> | undefined> {
  const reached = await root.evidence(first);
  if (!('path' in reached) || !reached.path) return undefined;
  // A header that was linked by its hash need not carry its seals.
  verifySkip(decodeQbftExtra(first.header.extraData).validators, second.header);
  return {
    misbehaviour: 'headers',
    path: reached.path,
    first: encodeHeader(first.header),
    second: encodeHeader(second.header),
  };
}

/** Where the anchored block itself was attested: the members put their names to another output root. */
async function conflictingAnchor(
  follower: Follower,
  anchor: Anchor,
): Promise<Conflict<'anchor'> | undefined> {
  const attested = follower.attestations.find(
    ({ signed: { attestation } }) =>
      attestation.blockNumber === anchor.blockNumber && attestation.outputRoot !== anchor.outputRoot,
  );
  if (!attested) return undefined;
  const { signed, committee } = attested;
  const mainchain = await anchoredBeside(follower, anchor, attested);
  return { misbehaviour: 'anchor', signed, committee, mainchain };
}

async function conflictingAttestations(
  follower: Follower,
  signed: SignedAttestation,
): Promise<Conflict<'attestations'> | undefined> {
  const { attested } = follower.heads;
  if (!attested || signed.attestation.epoch !== attested.signed.attestation.epoch) return undefined;
  const isHigher = signed.attestation.blockNumber >= attested.block.header.number;
  const [lower, higher] = isHigher ? [attested.signed, signed] : [signed, attested.signed];
  const from = lower.attestation.blockNumber + 1n;
  const to = higher.attestation.blockNumber;
  if (to - from > FARTHEST) return undefined;
  const { execution } = follower.parts;
  const headers: HashedHeader[] = [];
  if (to >= from) {
    const chain = new LinkedHeaders(execution, executionHash);
    const top = isHigher ? await fetchHeader(execution, to, executionHash) : attested.block;
    await chain.descend(top, from);
    for (let number = from; number < to; number++) headers.push(chain.get(number)!);
    headers.push(top);
  }
  return {
    misbehaviour: 'attestations',
    lower,
    higher,
    headers: headers.map(({ header }) => encodeHeader(header)),
    committee: attested.committee,
    ...(await committeeEvidence(follower, attested)),
  };
}
