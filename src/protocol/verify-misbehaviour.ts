import type { Address } from 'viem';
import { verifyStorageProof } from './account-proof.ts';
import { anchorSlot } from './anchor.ts';
import type { SignedAttestation } from './attestation.ts';
import { HskError, toHskError } from './errors.ts';
import { profileDigest } from './evidence.ts';
import { executionHash } from './execution-hash.ts';
import { numberToHex } from './hex.ts';
import {
  type ConflictingAnchor,
  type ConflictingAttestations,
  type ConflictingHeaders,
  contradictions,
  type Misbehaviour,
} from './misbehaviour.ts';
import { PreparedCommittee } from './prepared-committee.ts';
import type { ChainProfile } from './profile.ts';
import { qbftBlockHash } from './qbft.ts';
import { verifySkip } from './sealed-header.ts';
import { verifyAttestation } from './verify-attestation.ts';
import {
  decodeHeader,
  linkAscending,
  openRegistry,
  type RegistrySlots,
  trustCommittee,
} from './verify-evidence.ts';

export interface MisbehaviourDecision {
  /** What they signed: both of the two, or the attestation that the mainchain contradicts. */
  signed: 'both' | 'it';
  /** Who signed: addresses of validators, or members of the committee with their keys. */
  signers: string[];
  /** What the two are, for a person. */
  what: string;
}

/**
 * Verifies a document of misbehaviour from the profile alone: no network, no clock.
 *
 * @throws `MISBEHAVIOUR_UNPROVEN` naming what does not hold
 */
export function verifyMisbehaviour(
  document: Misbehaviour,
  profile: ChainProfile,
  slots: RegistrySlots,
): MisbehaviourDecision {
  try {
    if (document.profileDigest !== profileDigest(profile))
      throw unproven('the document was made for another profile');
    switch (document.misbehaviour) {
      case 'headers':
        return headers(document, profile);
      case 'attestations':
        return attestations(document, profile, slots);
      case 'anchor':
        return anchor(document, profile, slots);
    }
  } catch (error) {
    const cause = toHskError(error, 'EVIDENCE_INVALID');
    if (cause.code === 'MISBEHAVIOUR_UNPROVEN') throw cause;
    throw unproven(`${cause.code}: ${cause.shortMessage}`, cause);
  }
}

function headers({ path, first, second }: ConflictingHeaders, profile: ChainProfile): MisbehaviourDecision {
  const { checkpoint, validatorContract } = profile.mainchain;
  if (validatorContract)
    throw unproven('the validators are kept by a contract, which the document does not show');
  if (!checkpoint) throw unproven('the mainchain of this profile is not believed by its seals');
  let trusted: readonly Address[] = checkpoint.validators;
  for (const rlp of path) trusted = verifySkip(trusted, decodeHeader(rlp, qbftBlockHash).header).validators;
  const [one, two] = [first, second].map((rlp) => decodeHeader(rlp, qbftBlockHash));
  const same = one!.header.number === two!.header.number && one!.hash !== two!.hash;
  const above = one!.header.number + 1n === two!.header.number && two!.header.parentHash !== one!.hash;
  if (!same && !above) throw unproven('the two headers may stand on one chain');
  const [sealed, other] = [one!, two!].map(({ header }) => verifySkip(trusted, header).signers);
  const signers = both(sealed!, other!).filter((signer) =>
    trusted.some((each) => each.toLowerCase() === signer),
  );
  if (signers.length === 0) throw unproven('no trusted validator sealed both');
  return {
    signed: 'both',
    signers,
    what: `sealed blocks ${one!.header.number} ${one!.hash} and ${two!.header.number} ${two!.hash}`,
  };
}

function attestations(
  document: ConflictingAttestations,
  profile: ChainProfile,
  slots: RegistrySlots,
): MisbehaviourDecision {
  const { lower, higher, mainchain } = document;
  const committee = new PreparedCommittee(document.committee);
  const registry = mainchain && openRegistry(mainchain, profile)[0];
  trustCommittee(committee, profile, mainchain, registry, slots);
  const [low, high] = [lower.attestation, higher.attestation];
  const between = document.headers.map((rlp) => decodeHeader(rlp, executionHash));
  if (between.length === 0) {
    if (low.blockNumber !== high.blockNumber) throw unproven('nothing links the two heights');
    // Signed again later, the same block has another expiry and another predecessor.
    if (contradictions(low, { ...high, expiry: low.expiry, previous: low.previous }).length === 0)
      throw unproven('the two are about the same block');
  } else {
    linkAscending(between);
    const [child, top] = [between[0]!, between.at(-1)!];
    if (child.header.number !== low.blockNumber + 1n || top.hash !== high.blockHash)
      throw unproven('the headers do not lead from the one to the other');
    if (child.header.parentHash === low.blockHash) throw unproven('the two stand on one chain');
  }
  const [signed, other] = [lower, higher].map((each) => signersOf(each, committee, profile));
  const signers = both(signed!, other!).map((index) => `member ${index} ${document.committee.keys[index]}`);
  if (signers.length === 0) throw unproven('nobody signed both');
  return {
    signed: 'both',
    signers,
    what: `epoch ${committee.epoch}: attested blocks ${low.blockNumber} ${low.blockHash} and ${high.blockNumber} ${high.blockHash}`,
  };
}

function anchor(
  { signed, committee: given, mainchain }: ConflictingAnchor,
  profile: ChainProfile,
  slots: RegistrySlots,
): MisbehaviourDecision {
  const committee = new PreparedCommittee(given);
  const [registry, reached] = openRegistry(mainchain, profile);
  trustCommittee(committee, profile, mainchain, registry, slots);
  const { blockNumber, outputRoot } = signed.attestation;
  if (mainchain.anchor?.blockNumber !== blockNumber) throw unproven('the entry is of another block');
  const entry = verifyStorageProof({
    storageRoot: registry.storageRoot,
    slot: anchorSlot(slots.anchors, blockNumber),
    proof: mainchain.anchor.proof,
  });
  const anchored = numberToHex(entry, { size: 32 });
  if (entry === 0n || anchored === outputRoot) throw unproven('the mainchain holds nothing else for it');
  return {
    signed: 'it',
    signers: signersOf(signed, committee, profile).map((index) => `member ${index} ${given.keys[index]}`),
    what: `attested output root ${outputRoot} of block ${blockNumber}, where the mainchain anchored ${anchored} (${reached})`,
  };
}

function signersOf(signed: SignedAttestation, committee: PreparedCommittee, profile: ChainProfile): number[] {
  const { mainchain, execution } = profile;
  return verifyAttestation({
    signed,
    domain: { mainchainId: mainchain.chainId, anchorRegistry: mainchain.contracts.anchorRegistry },
    committee,
    executionChainId: execution.chainId,
    // What was signed counts, not whether it is fresh.
    now: 0n,
  }).signers;
}

function both<T>(first: readonly T[], second: readonly T[]): T[] {
  return first.filter((each) => second.includes(each));
}

function unproven(details: string, cause?: HskError): HskError {
  return new HskError('MISBEHAVIOUR_UNPROVEN', 'The document does not prove that anybody misbehaved', {
    details,
    cause,
  });
}
