import { type Hex, zeroHash } from 'viem';
import { numberToHex } from '../protocol/hex.ts';
import { anchorRegistrySlots } from '../contracts/abi/AnchorRegistry.ts';
import { committeeSlot } from '../protocol/anchor.ts';
import { HskError } from '../protocol/errors.ts';
import {
  type Claim,
  type ClaimedLog,
  type ClaimProof,
  type Evidence,
  leastVersion,
  type MainchainEvidence,
  profileDigest,
  serializeEvidence,
} from '../protocol/evidence.ts';
import { encodeHeader } from '../protocol/header.ts';
import { bloomMayMatch } from '../protocol/logs.ts';
import { object, optional, quantity } from '../protocol/parse.ts';
import { encodeReceipt } from '../protocol/receipt.ts';
import { orderedTrieProof } from '../protocol/trie-root.ts';
import { atLeast, type Rung } from '../protocol/trust.ts';
import { transactionOutcome } from '../protocol/verify-claim.ts';
import { type Anchor, readAnchor } from './anchors.ts';
import type { AttestedHead } from './follow-execution.ts';
import type { Follower } from './follower.ts';
import type { ProvenLog, Query } from './light-client-api.ts';
import type { HashedHeader } from './linked-headers.ts';
import { callClaim } from './prove-call.ts';
import type { Reader } from './read.ts';

/** What is kept of an answer, to open its evidence later. */
export interface EvidenceSource {
  query: Query;
  /** The newest block it was proven under. */
  newest: HashedHeader;
  /** The block that gave it its rung; older than `newest` when the value did not change since. */
  proofAt: HashedHeader;
  rung: Rung;
}

/** The document of an answer at the highest rung it has by now. @throws what reading anew throws */
export async function writeEvidence(reader: Reader, source: EvidenceSource): Promise<string> {
  const { follower } = reader;
  const { newest, proofAt } = source;
  const rungs = { newest: rungNow(reader, newest), proofAt: rungNow(reader, proofAt) };
  // The newest block tells more, unless the older one stands higher.
  const block = atLeast(rungs.newest, rungs.proofAt) ? newest : proofAt;
  const rung = atLeast(rungs.newest, rungs.proofAt) ? rungs.newest : rungs.proofAt;
  const { claim, proof, from = block.header.number } = await claimAt(reader, source.query, block);

  const anchor = atLeast(rung, 'anchored') ? await anchorAbove(follower, block, rung) : undefined;
  const attested = attestationAbove(follower, block, anchor?.blockNumber);
  const highest = anchor?.blockNumber ?? attested?.block.header.number ?? block.header.number;
  const mainchain =
    anchor || needsCommitteeProof(follower, attested)
      ? await mainchainEvidence(follower, anchor, attested)
      : undefined;
  const evidence: Evidence = {
    version: leastVersion({ claim, mainchain }),
    profileDigest: profileDigest(follower.parts.profile),
    claim,
    proof,
    headers: rung === 'sequenced' ? [encodeHeader(block.header)] : await headersOf(reader, from, highest),
    ...(attested && {
      attestation: { signed: attested.signed, committee: attested.committee },
    }),
    ...(mainchain && { mainchain }),
  };
  return serializeEvidence(evidence);
}

/** A block that was only sequenced may have been attested since, or replaced. */
function rungNow(reader: Reader, block: HashedHeader): Rung {
  const { number } = block.header;
  if (number > reader.newest().header.number) return 'sequenced';
  const verified = reader.follower.executionHeaders.get(number);
  if (verified && verified.hash !== block.hash)
    throw new HskError('EVIDENCE_REPLACED', 'The block this answer stood in was not attested', {
      details: `block ${number}: ${block.hash}, attested ${verified.hash}`,
      action: 'Read the value again.',
    });
  return reader.rungOf(block);
}

async function claimAt(
  reader: Reader,
  query: Query,
  at: HashedHeader,
): Promise<{ claim: Claim; proof: ClaimProof; from?: bigint }> {
  const block = at.header.number;
  switch (query.kind) {
    case 'account': {
      const { account, proof } = await reader.state(at, query.address);
      return {
        claim: { kind: 'account', block, address: query.address, account },
        proof: { kind: 'account', accountProof: proof.accountProof },
      };
    }
    case 'storage': {
      const { values, proof } = await reader.state(at, query.address, query.slots);
      return {
        claim: { kind: 'storage', block, address: query.address, slots: query.slots, values },
        proof: { kind: 'storage', ...proof },
      };
    }
    case 'code': {
      const { proof } = await reader.state(at, query.address);
      return {
        claim: { kind: 'code', block, address: query.address, code: await reader.code(at, query.address) },
        proof: { kind: 'code', accountProof: proof.accountProof },
      };
    }
    case 'block': {
      const { transactions } = await reader.body(at);
      return {
        claim: { kind: 'block', block, hash: at.hash, transactions: transactions.map(({ hash }) => hash) },
        proof: { kind: 'block', transactions: transactions.map(({ raw }) => raw) },
      };
    }
    case 'call':
      return callClaim(reader, query, at);
    case 'receipt':
      return receiptClaim(reader, query.transactionHash, at);
    case 'logs':
      return logsClaim(reader, query, block);
  }
}

async function receiptClaim(
  reader: Reader,
  transactionHash: Hex,
  at: HashedHeader,
): Promise<{ claim: Claim; proof: ClaimProof }> {
  const body = await reader.body(at);
  const index = body.transactions.findIndex(({ hash }) => hash === transactionHash.toLowerCase());
  const raws = body.transactions.map(({ raw }) => raw);
  return {
    claim: {
      kind: 'receipt',
      block: at.header.number,
      transactionHash: body.transactions[index]!.hash,
      outcome: transactionOutcome(at.header.number, index, raws[index]!, body.receipts),
    },
    proof: {
      kind: 'receipt',
      transaction: raws[index]!,
      transactionProof: orderedTrieProof(raws, index),
      receipts: body.receipts.map(encodeReceipt),
    },
  };
}

async function logsClaim(
  reader: Reader,
  query: Query & { kind: 'logs' },
  toBlock: bigint,
): Promise<{ claim: Claim; proof: ClaimProof; from: bigint }> {
  const { address, topics, fromBlock } = query;
  const filter = { addresses: [address], topics: topics.map((topic) => (topic === null ? null : [topic])) };
  const logs = await reader.logs(filter, fromBlock, toBlock);
  const blocks: { number: bigint; receipts: Hex[] }[] = [];
  for (let number = fromBlock; number <= toBlock; number++) {
    const block = await reader.block(number);
    if (!bloomMayMatch(block.header.logsBloom, filter)) continue;
    const { receipts } = await reader.body(block);
    blocks.push({ number, receipts: receipts.map(encodeReceipt) });
  }
  return {
    claim: { kind: 'logs', fromBlock, toBlock, address, topics, logs: logs.map(claimedLog) },
    proof: { kind: 'logs', blocks },
    from: fromBlock,
  };
}

/** The transaction's hash is not in a receipt: evidence names the place instead. */
function claimedLog(log: ProvenLog): ClaimedLog {
  const { address, topics, data, blockNumber, transactionIndex, logIndex } = log;
  return { address, topics, data, blockNumber, transactionIndex, logIndex };
}

async function headersOf(reader: Reader, from: bigint, to: bigint): Promise<Hex[]> {
  const headers: Hex[] = [];
  const top = await reader.block(to);
  await reader.follower.executionHeaders.descend(top, from);
  for (let number = from; number <= to; number++)
    headers.push(encodeHeader((await reader.block(number)).header));
  return headers;
}

const parseHint = optional(object<{ blockNumber: bigint }>({ blockNumber: quantity }));

/**
 * The lowest anchor at or above a block, under the header that makes it final or, below that, under the
 * head. The peer's hint only says where to look.
 */
async function anchorAbove(follower: Follower, block: HashedHeader, rung: Rung): Promise<Anchor | undefined> {
  const { profile, execution } = follower.parts;
  const { anchored, final } = follower.heads;
  const at = rung === 'final' ? follower.root.heads.settled : follower.root.heads.head;
  const known = rung === 'final' ? final : anchored;
  if (!at || !known) return undefined;
  const { number } = block.header;
  const hint = await execution
    .request('hsk_getAnchor', [numberToHex(number)])
    .then((answer) => parseHint(answer, 'anchor')?.blockNumber)
    .catch(() => undefined);
  const candidates = [hint, known.anchor.blockNumber].filter(
    (candidate) => candidate !== undefined && candidate >= number && candidate <= known.anchor.blockNumber,
  ) as bigint[];
  for (const candidate of candidates) {
    const anchor = await readAnchor(follower.root.prove, profile, at, candidate);
    if (!anchor) continue;
    await follower.openAnchor(anchor);
    return anchor;
  }
  return undefined;
}

/** The lowest attestation kept that covers the block, and is not above what the anchor covers. */
function attestationAbove(
  follower: Follower,
  { header }: HashedHeader,
  limit: bigint | undefined,
): AttestedHead | undefined {
  let lowest: AttestedHead | undefined;
  for (const head of follower.attestations) {
    const { number } = head.block.header;
    if (number < header.number || (limit !== undefined && number > limit)) continue;
    if (!lowest || number < lowest.block.header.number) lowest = head;
  }
  return lowest;
}

function needsCommitteeProof(follower: Follower, attested: AttestedHead | undefined): boolean {
  return attested !== undefined && attested.committee.epoch !== follower.parts.profile.committee.epoch;
}

/** The mainchain header that the registry's proofs stand under, and how it is reached from the profile. */
async function mainchainEvidence(
  follower: Follower,
  anchor: Anchor | undefined,
  attested: AttestedHead | undefined,
  at = anchor?.at ?? follower.root.heads.head,
): Promise<MainchainEvidence> {
  const { profile } = follower.parts;
  if (!at) throw new HskError('HEADS_MISSING', 'No mainchain header is verified yet');
  const registry = profile.mainchain.contracts.anchorRegistry;
  const { proof } = await follower.root.prove(at, registry);
  return {
    ...(await follower.root.evidence(at)),
    registryProof: proof.accountProof,
    ...(anchor && { anchor: await anchorEvidence(follower, anchor) }),
    ...(attested &&
      needsCommitteeProof(follower, attested) && {
        committeeProof: await storageNodes(
          follower,
          at,
          committeeSlot(anchorRegistrySlots.committees, attested.committee.epoch),
        ),
      }),
  };
}

/** What proves the committee that attested, where the profile does not. */
export async function committeeEvidence(
  follower: Follower,
  attested: AttestedHead,
): Promise<{ mainchain?: MainchainEvidence }> {
  if (!needsCommitteeProof(follower, attested)) return {};
  return { mainchain: await mainchainEvidence(follower, undefined, attested) };
}

async function anchorEvidence(
  follower: Follower,
  anchor: Anchor,
): Promise<NonNullable<MainchainEvidence['anchor']>> {
  const block = await follower.openAnchor(anchor);
  const { account } = await follower.proveExecution(
    block,
    follower.parts.profile.execution.contracts.lockbox,
  );
  return {
    blockNumber: anchor.blockNumber,
    messagePasserStorageRoot: account.storageRoot,
    proof: await storageNodes(follower, anchor.at, anchor.slot),
  };
}

/** The registry's entry for the block of an attestation, and what proves the committee that signed it. */
export async function anchoredBeside(
  follower: Follower,
  anchor: Anchor,
  attested: AttestedHead,
): Promise<MainchainEvidence> {
  return {
    ...(await mainchainEvidence(follower, undefined, attested, anchor.at)),
    anchor: {
      blockNumber: anchor.blockNumber,
      messagePasserStorageRoot: zeroHash,
      proof: await storageNodes(follower, anchor.at, anchor.slot),
    },
  };
}

async function storageNodes(follower: Follower, at: HashedHeader, slot: Hex): Promise<Hex[]> {
  const registry = follower.parts.profile.mainchain.contracts.anchorRegistry;
  const { proof } = await follower.root.prove(at, registry, [slot]);
  return proof.storageProofs[0] ?? [];
}
