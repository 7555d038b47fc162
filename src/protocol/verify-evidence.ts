import { type Hex, numberToHex } from 'viem';
import { fromRlp } from './rlp.ts';
import { verifyAccountProof, verifyStorageProof } from './account-proof.ts';
import { anchorSlot, committeeSlot } from './anchor.ts';
import { PreparedCommittee } from './prepared-committee.ts';
import { HskError, toHskError } from './errors.ts';
import type { EthereumRoot } from './ethereum-root.ts';
import {
  type Claim,
  type Evidence,
  type MainchainEvidence,
  profileDigest,
  type SealedPath,
} from './evidence.ts';
import { executionHash } from './execution-hash.ts';
import { type Header, headerFromRlpList } from './header.ts';
import { outputRoot } from './output-root.ts';
import { type ChainProfile, sealedMainchain, type SealedMainchain } from './profile.ts';
import { qbftBlockHash } from './qbft.ts';
import { verifySkip } from './sealed-header.ts';
import type { Rung } from './trust.ts';
import { provenValidators } from './validator-contract.ts';
import { verifyAttestation, verifyAttestedHeader } from './verify-attestation.ts';
import { verifyClaim } from './verify-claim.ts';
import { type EthereumPath, type OpenedEthereum, openEthereum } from './verify-ethereum.ts';

/** Storage slots of AnchorRegistry's mappings, as its layout has them. */
export interface RegistrySlots {
  anchors: bigint;
  committees: bigint;
}

/** One check that held. */
export interface EvidenceStep {
  /** The rung this check carries. */
  rung: Rung;
  what: EvidenceCheck;
  /** Values, for a person who reads along. */
  detail: string;
}

export type EvidenceCheck =
  'profile' | 'headers' | 'claim' | 'mainchain' | 'committee' | 'attestation' | 'anchor' | 'finality';

export interface EvidenceDecision {
  claim: Claim;
  /** The highest rung that the document proves; `sequenced` when nobody but the peer vouches for it. */
  rung: Rung;
  steps: EvidenceStep[];
  /** Who must have sealed the last of the path, where its validators seal the mainchain. */
  validators?: readonly Hex[] | undefined;
  /** How the mainchain was reached, where that began at Ethereum. */
  ethereum?: OpenedEthereum | undefined;
}

/** What the local EVM made of the call that this very document claims. */
export interface ExecutedCall {
  evidence: Evidence;
  result: Hex;
}

/** An execution or mainchain header together with its recomputed hash. */
export interface LinkedHeader {
  header: Header;
  hash: Hex;
}

/**
 * Verifies an evidence document from the profile alone: no network, no clock. An attestation is judged at
 * its block's own time, since the document tells what was signed, not what is fresh. A claim about a call needs
 * the EVM besides: evm/execute-claim.ts runs it.
 *
 * @throws `EVIDENCE_REFUSED` naming the check that failed, with that check's own typed error as its cause
 */
export function verifyEvidence(
  evidence: Evidence,
  profile: ChainProfile,
  slots: RegistrySlots,
  executed?: ExecutedCall,
): EvidenceDecision {
  const steps: EvidenceStep[] = [];
  const check = <T>(rung: Rung, what: EvidenceCheck, run: () => [T, string]): T => {
    try {
      const [value, detail] = run();
      steps.push({ rung, what, detail });
      return value;
    } catch (error) {
      throw evidenceRefused(what, error);
    }
  };

  check('sequenced', 'profile', () => {
    const digest = profileDigest(profile);
    if (evidence.profileDigest !== digest)
      throw new HskError('EVIDENCE_PROFILE', 'The document was made for another profile', {
        details: `${evidence.profileDigest}, this one is ${digest}`,
      });
    return [
      undefined,
      `${profile.name}, chains ${profile.mainchain.chainId} and ${profile.execution.chainId}`,
    ];
  });
  const headers = check('sequenced', 'headers', () => {
    const linked = linkAscending(evidence.headers.map((rlp) => decodeHeader(rlp, executionHash)));
    return [
      linked,
      `blocks ${linked[0]!.header.number} to ${linked.at(-1)!.header.number} link by their hashes`,
    ];
  });
  const last = check('sequenced', 'claim', () => {
    const result = executed?.evidence === evidence ? executed.result : undefined;
    return verifyClaim(evidence.claim, evidence.proof, headers, result);
  });

  const { attestation, mainchain } = evidence;
  const registry = mainchain && check('anchored', 'mainchain', () => openRegistry(mainchain, profile));
  let rung: Rung = 'sequenced';

  if (attestation) {
    const prepared = check('attested', 'committee', () => {
      const given = new PreparedCommittee(attestation.committee);
      trustCommittee(given, profile, mainchain, registry, slots);
      return [given, `epoch ${given.epoch}, ${given.threshold} of ${given.size}`];
    });
    check('attested', 'attestation', () => {
      const { signed } = attestation;
      const subject = findHeader(headers, signed.attestation.blockNumber, last);
      verifyAttestedHeader(signed.attestation, subject.header);
      const { signers } = verifyAttestation({
        signed,
        domain: {
          mainchainId: profile.mainchain.chainId,
          anchorRegistry: profile.mainchain.contracts.anchorRegistry,
        },
        committee: prepared,
        executionChainId: profile.execution.chainId,
        now: subject.header.timestamp,
      });
      return [undefined, `block ${subject.header.number}, members ${signers.join(', ')} signed`];
    });
    rung = 'attested';
  }

  const anchor = mainchain?.anchor;
  if (mainchain && anchor && registry) {
    check('anchored', 'anchor', () => {
      const subject = findHeader(headers, anchor.blockNumber, last);
      const stored = verifyStorageProof({
        storageRoot: registry.storageRoot,
        slot: anchorSlot(slots.anchors, anchor.blockNumber),
        proof: anchor.proof,
      });
      const root = outputRoot({
        stateRoot: subject.header.stateRoot,
        messagePasserStorageRoot: anchor.messagePasserStorageRoot,
        latestBlockhash: subject.hash,
      });
      if (numberToHex(stored, { size: 32 }) !== root)
        throw new HskError('ANCHOR_MISMATCH', 'The mainchain anchored another output root', {
          details: `block ${anchor.blockNumber}: ${root}, registry holds ${numberToHex(stored, { size: 32 })}`,
        });
      return [undefined, `output root ${root} of block ${anchor.blockNumber}`];
    });
    rung = 'anchored';
    if (registry.finality !== undefined) {
      steps.push({ rung: 'final', what: 'finality', detail: registry.finality });
      rung = 'final';
    }
  }
  return {
    claim: evidence.claim,
    rung,
    steps,
    validators: registry?.validators,
    ethereum: registry?.ethereum,
  };
}

/** `EVIDENCE_REFUSED`, with what failed. */
export function evidenceRefused(what: EvidenceCheck, error: unknown): HskError {
  const cause = toHskError(error, 'EVIDENCE_INVALID');
  return new HskError('EVIDENCE_REFUSED', `The evidence does not hold: ${what}`, {
    details: `${cause.code}: ${cause.shortMessage}${cause.details ? ` (${cause.details})` : ''}`,
    action: 'Do not rely on this document.',
    cause,
  });
}

export interface Registry {
  storageRoot: Hex;
  /** Why the header that the registry was read under can no longer be taken back; absent while it can. */
  finality: string | undefined;
  validators?: readonly Hex[] | undefined;
  ethereum?: OpenedEthereum | undefined;
}

/** Reaches the mainchain header from the profile's trust root, and opens the registry under it. */
export function openRegistry(mainchain: MainchainEvidence, profile: ChainProfile): [Registry, string] {
  const { root, contracts } = profile.mainchain;
  if ((root !== undefined) !== (mainchain.ethereum !== undefined))
    throw new HskError(
      'MAINCHAIN_ROOT_OTHER',
      'The document proves the mainchain in another way than the profile',
      {
        details: root ? 'the profile begins at Ethereum' : "the profile begins at the mainchain's validators",
      },
    );
  const [header, finality, detail, { ethereum, validators }] =
    root && mainchain.ethereum
      ? fromEthereum(root, mainchain.ethereum)
      : fromSeals(mainchain as SealedPath, sealedMainchain(profile));
  const { storageRoot } = verifyAccountProof({
    stateRoot: header.stateRoot,
    address: contracts.anchorRegistry,
    proof: mainchain.registryProof,
  });
  return [
    { storageRoot, finality, validators, ethereum },
    `registry under block ${header.number}, ${detail}`,
  ];
}

type Reached = [
  header: Header,
  finality: string | undefined,
  detail: string,
  by: { ethereum?: OpenedEthereum; validators?: readonly Hex[] },
];

function fromEthereum(root: EthereumRoot, path: EthereumPath): Reached {
  const opened = openEthereum(root, path);
  const { header, output, state, finalizedSlot, signers, committeeSize } = opened;
  return [
    header,
    output.stage === 'final' ? output.detail : undefined,
    `${output.stage} on Ethereum block ${state.number}, finalised at slot ${finalizedSlot} by ${signers} of ${committeeSize}: ${output.detail}`,
    { ethereum: opened },
  ];
}

/** From the profile's checkpoint over sealed headers to the one that the registry's account is proven under. */
function fromSeals(
  mainchain: SealedPath,
  { checkpoint, finalityDepth, validatorContract }: SealedMainchain,
): Reached {
  let trusted: { number: bigint; hash: Hex; validators: readonly Hex[] } = checkpoint;
  let head: LinkedHeader | undefined;
  let seals = 0;
  const { path, validatorProofs } = mainchain;
  if (validatorContract && validatorProofs?.length !== path.length)
    throw new HskError(
      'VALIDATORS_UNPROVEN',
      'Not every sealed header comes with a proof of its validators',
      {
        details: `${path.length} headers, ${validatorProofs?.length ?? 0} proofs`,
      },
    );
  for (const [index, rlp] of path.entries()) {
    const { header } = decodeHeader(rlp, qbftBlockHash);
    const proof = validatorProofs?.[index];
    const proven =
      validatorContract &&
      proof &&
      provenValidators(validatorContract, header, decodeHeader(proof.parent, qbftBlockHash), proof);
    const { hash, validators, signers } = verifySkip(trusted.validators, header, proven);
    // Below the checkpoint the trusted set says nothing, beside it only one block can stand.
    if (header.number < trusted.number || (header.number === trusted.number && hash !== trusted.hash))
      throw new HskError('MAINCHAIN_BEHIND', 'The sealed header is not above the one trusted before it', {
        details: `block ${header.number}, trusted is ${trusted.number}`,
      });
    trusted = { number: header.number, hash, validators };
    head = { header, hash };
    seals = signers.length;
  }
  if (!head) throw unlinked('the document shows no sealed header');
  const below = mainchain.ancestors.map((rlp) => decodeHeader(rlp, qbftBlockHash));
  linkAscending([...below.toReversed(), head]);
  const at = below.at(-1) ?? head;
  const descendants = head.header.number - at.header.number;
  return [
    at.header,
    descendants >= BigInt(finalityDepth)
      ? `${descendants} sealed descendants, ${finalityDepth} are needed`
      : undefined,
    `sealed head ${head.header.number} by ${seals} of ${trusted.validators.length}`,
    { validators: trusted.validators },
  ];
}

/** The profile's own committee, or one that the registry names for a later epoch. */
export function trustCommittee(
  given: PreparedCommittee,
  profile: ChainProfile,
  mainchain: MainchainEvidence | undefined,
  registry: Registry | undefined,
  slots: RegistrySlots,
): void {
  const mismatch = (details: string) =>
    new HskError('COMMITTEE_MISMATCH', 'The committee is not the one that is trusted', { details });
  if (given.epoch === profile.committee.epoch) {
    if (given.hash !== new PreparedCommittee(profile.committee).hash)
      throw mismatch("another committee of the profile's epoch");
    return;
  }
  if (given.epoch < profile.committee.epoch)
    throw mismatch(`epoch ${given.epoch} is over; the profile knows ${profile.committee.epoch}`);
  if (!registry || !mainchain?.committeeProof)
    throw mismatch(`nothing proves the committee of epoch ${given.epoch}`);
  const stored = verifyStorageProof({
    storageRoot: registry.storageRoot,
    slot: committeeSlot(slots.committees, given.epoch),
    proof: mainchain.committeeProof,
  });
  if (numberToHex(stored, { size: 32 }) !== given.hash)
    throw mismatch(`the registry holds ${numberToHex(stored, { size: 32 })} for epoch ${given.epoch}`);
}

export function decodeHeader(rlp: Hex, hashOf: (header: Header) => Hex): LinkedHeader {
  let list: unknown;
  try {
    list = fromRlp(rlp);
  } catch (cause) {
    throw new HskError('HEADER_INVALID', 'A header of the document is not RLP', { cause });
  }
  const flat =
    Array.isArray(list) && list.every((part) => typeof part === 'string') ? (list as Hex[]) : undefined;
  if (!flat || flat.length < 15 || flat.length > 21)
    throw new HskError('HEADER_INVALID', 'A header of the document is not a header');
  const header = headerFromRlpList(flat);
  return { header, hash: hashOf(header) };
}

/** @throws `HEADER_UNLINKED` */
export function linkAscending(headers: LinkedHeader[]): LinkedHeader[] {
  if (headers.length === 0) throw unlinked('the document shows no header');
  headers.forEach(({ header }, index) => {
    const parent = headers[index - 1];
    if (parent && (header.parentHash !== parent.hash || header.number !== parent.header.number + 1n))
      throw unlinked(`block ${header.number} does not follow ${parent.header.number}`);
  });
  return headers;
}

function unlinked(details: string): HskError {
  return new HskError('HEADER_UNLINKED', 'The headers do not form a chain', { details });
}

/** What vouches for the claim must be about its last block or one that descends from it. */
function findHeader(headers: readonly LinkedHeader[], number: bigint, last: bigint): LinkedHeader {
  const found = headers.find(({ header }) => header.number === number);
  if (!found || number < last)
    throw new HskError('EVIDENCE_UNRELATED', 'The document vouches for a block that is not above the claim', {
      details: `block ${number}, claim at ${last}`,
    });
  return found;
}
