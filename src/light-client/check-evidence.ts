import type { Address, Hex } from 'viem';
import { anchorRegistrySlots } from '../contracts/abi/AnchorRegistry.ts';
import type { EvmApi } from '../evm/evm-api.ts';
import { executeClaim } from '../evm/execute-claim.ts';
import { attestationDigest } from '../protocol/attestation.ts';
import { HskError } from '../protocol/errors.ts';
import { type Evidence, parseEvidence } from '../protocol/evidence.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { type Header, headerFromRlpList } from '../protocol/header.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { decodeQbftExtra, qbftBlockHash, qbftSealHash } from '../protocol/qbft.ts';
import { recoverSigner, sameAddress } from '../protocol/recover.ts';
import { fromRlp } from '../protocol/rlp.ts';
import { type EvidenceDecision, verifyEvidence } from '../protocol/verify-evidence.ts';
import type { EvidenceSummary } from './evidence-summary.ts';

/** An evidence document that this page has verified itself, and what it says. */
export interface CheckedEvidence {
  /** The document as it is saved. */
  text: string;
  summary: EvidenceSummary;
}

/**
 * Verifies a document against the profile with the same code as `hsk-node verify`, and only then lays it
 * out. A document that does not hold shows nothing.
 *
 * @param run the local EVM, for documents about a call
 * @throws `EVIDENCE_NOT_JSON`, `PARSE_INVALID`, `EVIDENCE_REFUSED` naming the check that failed
 */
export async function checkEvidence(
  profile: ChainProfile,
  text: string,
  run: EvmApi['run'],
): Promise<CheckedEvidence> {
  const evidence = parseEvidence(parseJson(text));
  const executed = await executeClaim(evidence, profile.execution.chainId, run);
  const decision = verifyEvidence(evidence, profile, anchorRegistrySlots, executed);
  return { text, summary: summarise(profile, evidence, decision) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HskError('EVIDENCE_NOT_JSON', 'This is no evidence document', {
      details: 'it is not JSON',
      action: 'Choose the file that was saved as evidence.json.',
      cause,
    });
  }
}

function decode(rlp: Hex): Header {
  return headerFromRlpList(fromRlp(rlp) as Hex[]);
}

/** Lays out what a verified document says. Decides nothing. */
export function summarise(
  profile: ChainProfile,
  evidence: Evidence,
  { rung, ethereum, validators }: EvidenceDecision,
): EvidenceSummary {
  const { claim, headers, attestation, mainchain } = evidence;
  const last = claim.kind === 'logs' ? claim.toBlock : claim.block;
  const decoded = headers.map(decode);
  const header = decoded.find(({ number }) => number === last) ?? decoded[0]!;
  const summary: EvidenceSummary = {
    rung,
    claim,
    block: {
      number: header.number,
      hash: executionHash(header),
      timestamp: header.timestamp,
      stateRoot: header.stateRoot,
    },
  };
  if (attestation) {
    const { signed, committee } = attestation;
    const bitmap = BigInt(
      `0x${[...signed.bitmap.slice(2).matchAll(/../g)].map(String).toReversed().join('')}`,
    );
    summary.attestation = {
      epoch: committee.epoch,
      threshold: committee.threshold,
      digest: attestationDigest(
        {
          mainchainId: profile.mainchain.chainId,
          anchorRegistry: profile.mainchain.contracts.anchorRegistry,
        },
        signed.attestation,
      ),
      block: signed.attestation.blockNumber,
      members: committee.keys.map((key, index) => ({ key, signed: ((bitmap >> BigInt(index)) & 1n) === 1n })),
    };
  }
  if (mainchain?.anchor)
    summary.anchor = {
      block: mainchain.anchor.blockNumber,
      registry: profile.mainchain.contracts.anchorRegistry,
    };
  if (ethereum) {
    const { header, hash, state, output, signers, committeeSize } = ethereum;
    const { number, timestamp } = header;
    summary.mainchain = { number, hash, timestamp, validators: [] };
    summary.ethereum = { block: state.number, stage: output.stage, signers, committeeSize };
  }
  const sealed = mainchain && !mainchain.ethereum ? mainchain : undefined;
  const tip = sealed?.path.at(-1);
  if (sealed && tip) summariseSeals(summary, sealed.ancestors.at(-1) ?? tip, tip, validators ?? []);
  return summary;
}

function summariseSeals(
  summary: EvidenceSummary,
  proven: Hex,
  tip: Hex,
  validators: readonly Address[],
): void {
  const sealed = decode(tip);
  const extra = decodeQbftExtra(sealed.extraData);
  const digest = qbftSealHash(sealed);
  const signers = extra.seals.map((seal) => recoverSigner(digest, seal));
  const root = decode(proven);
  summary.mainchain = {
    number: root.number,
    hash: qbftBlockHash(root),
    timestamp: root.timestamp,
    validators: validators.map((validator) => ({
      address: validator,
      sealed: signers.some((signer) => signer !== undefined && sameAddress(signer, validator)),
    })),
  };
  if (summary.rung === 'final') summary.finalityDepth = Number(sealed.number - root.number);
}
