import { type Hex, numberToHex } from 'viem';
import { parseEip1186, verifyAccountProof } from '../../protocol/account-proof.ts';
import {
  attestationDigest,
  type AttestationDomain,
  parseSignedAttestation,
  type SignedAttestation,
} from '../../protocol/attestation.ts';
import { HskError, toHskError } from '../../protocol/errors.ts';
import { headerFromRpc } from '../../protocol/header-from-rpc.ts';
import { executionHash } from '../../protocol/execution-hash.ts';
import type { Header } from '../../protocol/header.ts';
import { outputRoot } from '../../protocol/output-root.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { verifyAttestation } from '../../protocol/verify-attestation.ts';
import { contents } from '../committee/check-proposal.ts';
import type { RpcClient } from '../rpc-client.ts';
import type { AuditAnchor, RegistryView } from './registry-view.ts';

/** Whether the block's data was had from a member and is what the attestation commits to. */
export type DataCheck = 'verified' | 'not permitted' | 'nobody asked' | 'unreachable' | 'missing';

export interface AuditRow {
  blockNumber: bigint;
  /** Absent where the endpoint has no attestation. */
  signed?: SignedAttestation | undefined;
  header?: Header | undefined;
  /** Keys of those who signed, and of the whole committee. */
  signers: Hex[];
  members: Hex[];
  data: DataCheck;
  anchor?: AuditAnchor | undefined;
  /** What does not hold; empty when everything does. */
  failures: string[];
}

/** A member that may be asked for data. */
export interface DataSource {
  bundle(commitment: Hex): Promise<Uint8Array | undefined>;
}

export interface BlockAuditParts {
  profile: ChainProfile;
  execution: RpcClient;
  registry: RegistryView;
  sources: readonly DataSource[];
  /** Ascending, up to the first at or above the last block. */
  anchors: readonly AuditAnchor[];
}

/** @returns the attestation that the endpoint has for a block; it is judged elsewhere */
export async function fetchAttestation(
  { request }: RpcClient,
  blockNumber: bigint,
): Promise<SignedAttestation | undefined> {
  const answer = await request('hsk_getAttestation', [numberToHex(blockNumber)]);
  return answer === null ? undefined : parseSignedAttestation(answer, 'attestation');
}

export function domainOf({ mainchain }: ChainProfile): AttestationDomain {
  return { mainchainId: mainchain.chainId, anchorRegistry: mainchain.contracts.anchorRegistry };
}

/** Everything about one block, checked anew. What fails is written down; nothing here throws for a peer's lie. */
export async function auditBlock(blockNumber: bigint, parts: BlockAuditParts): Promise<AuditRow> {
  const { profile, execution, registry } = parts;
  const row: AuditRow = { blockNumber, signers: [], members: [], data: 'nobody asked', failures: [] };
  const attempt = async <T>(what: string, check: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await check();
    } catch (thrown) {
      const { code, details } = toHskError(thrown);
      row.failures.push(`${what}: ${code}${details ? ` (${details})` : ''}`);
      return undefined;
    }
  };
  row.anchor = parts.anchors.find((anchor) => anchor.blockNumber >= blockNumber);
  const signed = await attempt('attestation', () => fetchAttestation(execution, blockNumber));
  if (!signed) {
    if (row.failures.length === 0) row.failures.push('not attested');
    return row;
  }
  row.signed = signed;
  const { attestation } = signed;
  const committee = await attempt('committee', () => registry.committee(attestation.epoch));
  if (committee) {
    row.members = committee.committee.keys;
    await attempt('signature', () => {
      if (attestation.blockNumber !== blockNumber) throw other('block', attestation.blockNumber);
      const { signers } = verifyAttestation({
        signed,
        domain: domainOf(profile),
        committee,
        executionChainId: profile.execution.chainId,
        now: 0n,
      });
      row.signers = signers.map((index) => committee.committee.keys[index]!);
    });
  }
  const header = await attempt('header', async () => {
    const found = headerFromRpc(
      await execution.request('eth_getBlockByNumber', [numberToHex(blockNumber), false]),
    );
    if (executionHash(found) !== attestation.blockHash) throw other('block hash', executionHash(found));
    return found;
  });
  if (header) {
    row.header = header;
    await attempt('output root', () => checkOutputRoot(header, signed, parts));
  }
  row.data = (await attempt('data', () => checkData(signed, parts.sources))) ?? 'missing';
  if (row.data === 'missing' && !row.failures.some((failure) => failure.startsWith('data')))
    row.failures.push('data: no member has it');
  const { anchor } = row;
  if (anchor?.blockNumber === blockNumber && anchor.outputRoot !== attestation.outputRoot)
    row.failures.push(`anchor: ${anchor.outputRoot} is anchored, ${attestation.outputRoot} was attested`);
  return row;
}

async function checkOutputRoot(
  header: Header,
  { attestation }: SignedAttestation,
  { execution, profile }: BlockAuditParts,
): Promise<void> {
  const { lockbox } = profile.execution.contracts;
  const answer = await execution.request('eth_getProof', [lockbox, [], numberToHex(header.number)]);
  const { accountProof } = parseEip1186(answer);
  const { storageRoot } = verifyAccountProof({
    stateRoot: header.stateRoot,
    address: lockbox,
    proof: accountProof,
  });
  const recomputed = outputRoot({
    stateRoot: header.stateRoot,
    messagePasserStorageRoot: storageRoot,
    latestBlockhash: attestation.blockHash,
  });
  if (recomputed !== attestation.outputRoot) throw other('output root', recomputed);
}

const REFUSALS = new Set(['COMMITTEE_NOT_AUDITOR', 'REQUEST_UNSIGNED']);

async function checkData(
  { attestation }: SignedAttestation,
  sources: readonly DataSource[],
): Promise<DataCheck> {
  let seen: DataCheck = 'nobody asked';
  for (const source of sources) {
    try {
      const bytes = await source.bundle(attestation.dataHash);
      if (!bytes) {
        seen = 'missing';
        continue;
      }
      // Its hash is the commitment; its parts give the header's roots, or this throws.
      const { hash, blockHash } = contents(bytes);
      if (hash !== attestation.dataHash) throw other('data hash', hash);
      if (blockHash !== attestation.blockHash) throw other('block of the data', blockHash);
      if (BigInt(bytes.length) !== attestation.dataLength) throw other('data length', bytes.length);
      return 'verified';
    } catch (error) {
      if (!(error instanceof HskError)) throw error;
      if (REFUSALS.has(error.code)) seen = 'not permitted';
      else if (error.code === 'MEMBER_UNREACHABLE') seen = seen === 'nobody asked' ? 'unreachable' : seen;
      else throw error;
    }
  }
  return seen;
}

function other(what: string, seen: unknown): HskError {
  return new HskError('AUDIT_OTHER', `The ${what} is another`, { details: `${what} ${String(seen)}` });
}

/** What the attestation after this one must name. */
export function digestOf(signed: SignedAttestation, profile: ChainProfile): Hex {
  return attestationDigest(domainOf(profile), signed.attestation);
}
