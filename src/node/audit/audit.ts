import { type Hex, zeroHash } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import type { Header } from '../../protocol/header.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import type { RpcClient } from '../rpc-client.ts';
import { auditBlock, type AuditRow, type DataSource, digestOf, fetchAttestation } from './audit-block.ts';
import { openRegistryView } from './registry-view.ts';
import { auditVerifier, type VerifierAudit } from './audit-verifier.ts';

export interface AuditOptions {
  profile: ChainProfile;
  execution: RpcClient;
  mainchain: RpcClient;
  /** Absent: the first one that is attested. */
  from?: bigint | undefined;
  /** Absent: the newest attested one. */
  to?: bigint | undefined;
  /** Members to ask for data; none to leave it. */
  sources: readonly DataSource[];
  /** What members are called, by key. */
  names: ReadonlyMap<Hex, string>;
  progress?: (done: bigint, of: bigint) => void;
}

/** How often one member signed. */
export interface SignerSummary {
  key: Hex;
  name: string;
  /** Blocks of the range in whose committee the member was. */
  asked: number;
  signed: number;
}

export interface Audit {
  from: bigint;
  to: bigint;
  rows: AuditRow[];
  signers: SignerSummary[];
  /** The mainchain header that committees and anchors were proven under; absent where they were only read. */
  sealedBlock?: bigint | undefined;
  /** Blocks at which something does not hold. */
  failed: number;
  /** Blocks above the newest anchor. */
  unanchored: number;
  /** What accepts the proofs of who may hold; absent where the profile does not pin it. */
  verifier?: VerifierAudit | undefined;
}

/** Blocks checked at the same time: the questions overlap, the pairings do not. */
const AT_ONCE = 8n;

/**
 * Who attested what, checked anew from the profile: signatures under the committee that the mainchain registered, the
 * chain of attestations, headers, output roots, data where members give it, anchors.
 *
 * @throws `AUDIT_RANGE`, and what the mainchain endpoint cannot prove
 */
export async function audit(options: AuditOptions): Promise<Audit> {
  const { profile, execution, progress } = options;
  const first = firstAttested(profile);
  const from = options.from ?? first;
  const to = options.to ?? (await newestAttested(execution));
  if (from < first || to < from)
    throw new HskError('AUDIT_RANGE', 'There are no blocks in this range', {
      details: `from ${from} to ${to}`,
      action: `The first block that is attested is block ${first}.`,
    });
  const registry = await openRegistryView(profile, options.mainchain);
  const anchors = await registry.anchors(from, to);
  const parts = { ...options, registry, anchors };
  const rows: AuditRow[] = [];
  for (let start = from; start <= to; start += AT_ONCE) {
    const last = start + AT_ONCE - 1n < to ? start + AT_ONCE - 1n : to;
    const numbers = Array.from({ length: Number(last - start) + 1 }, (_, index) => start + BigInt(index));
    rows.push(...(await Promise.all(numbers.map((number) => auditBlock(number, parts)))));
    progress?.(last - from + 1n, to - from + 1n);
  }
  await checkLinks(rows, options);
  return {
    from,
    to,
    rows,
    signers: summarise(rows, options.names),
    sealedBlock: registry.sealedBlock,
    failed: rows.filter(({ failures }) => failures.length > 0).length,
    unanchored: rows.filter(({ anchor }) => !anchor).length,
    verifier: await auditVerifier(profile, execution, newestSound(rows)),
  };
}

function newestSound(rows: readonly AuditRow[]): Header | undefined {
  return rows.findLast(({ signed, failures }) => signed && failures.length === 0)?.header;
}

function firstAttested({ execution }: ChainProfile): bigint {
  return (execution.attestedAfter?.number ?? 0n) + 1n;
}

async function newestAttested({ request }: RpcClient): Promise<bigint> {
  const answer = (await request('hsk_getAttestation', ['latest'])) as {
    attestation?: { blockNumber?: string };
  } | null;
  return BigInt(answer?.attestation?.blockNumber ?? 0);
}

/** Each attestation names the one before it, each header its parent, and no epoch is gone back from. */
async function checkLinks(rows: AuditRow[], { profile, execution }: AuditOptions): Promise<void> {
  const first = firstAttested(profile);
  const { blockNumber: from } = rows[0]!;
  let before = from === first ? undefined : await fetchAttestation(execution, from - 1n);
  let parent: Hex | undefined = before?.attestation.blockHash ?? profile.execution.attestedAfter?.hash;
  for (const { blockNumber, signed, header, failures } of rows) {
    if (signed) {
      const { previous, epoch, blockHash } = signed.attestation;
      const expected = before ? digestOf(before, profile) : blockNumber === first ? zeroHash : undefined;
      if (expected !== previous) failures.push('previous: it does not name the attestation before it');
      if (before && epoch < before.attestation.epoch) failures.push('epoch: an earlier one than before');
      if (header && parent && header.parentHash !== parent) failures.push('parent: not the block before it');
      parent = blockHash;
    } else parent = undefined;
    before = signed;
  }
}

function summarise(rows: readonly AuditRow[], names: ReadonlyMap<Hex, string>): SignerSummary[] {
  const found = new Map<Hex, SignerSummary>();
  for (const { members, signers } of rows)
    members.forEach((key, index) => {
      const one = found.get(key) ?? { key, name: names.get(key) ?? `member ${index}`, asked: 0, signed: 0 };
      one.asked++;
      if (signers.includes(key)) one.signed++;
      found.set(key, one);
    });
  return [...found.values()];
}
