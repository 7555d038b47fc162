import { type Committee, parseSignedAttestation, type SignedAttestation } from '../protocol/attestation.ts';
import type { PreparedCommittee } from '../protocol/prepared-committee.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { verifyAttestation } from '../protocol/verify-attestation.ts';
import { ancestor } from './ancestry.ts';
import { openCommitment } from './execution-block.ts';
import type { HashedHeader, LinkedHeaders } from './linked-headers.ts';
import type { ProveState } from './prove-state.ts';
import type { Transport } from './transport.ts';

/** The newest execution block that a quorum of the committee signed and this client opened. */
export interface AttestedHead {
  block: HashedHeader;
  signed: SignedAttestation;
  /** Who signed it. */
  committee: Committee;
}

export interface ExecutionStep {
  transport: Transport;
  prove: ProveState;
  headers: LinkedHeaders;
  profile: ChainProfile;
  committee: PreparedCommittee;
  /** What a new head must descend from: the newest block verified so far. */
  newest: HashedHeader | undefined;
  /** Seconds since 1970. */
  now: bigint;
  /** Told of every attestation whose signatures hold, before it is compared with what was verified. */
  onSigned(signed: SignedAttestation): void;
}

/**
 * One step: the peer's newest attestation, its signatures, the header it names, its output root. Returns
 * the same head when nothing is new; costs one pairing check for each new head and none otherwise.
 *
 * @throws `ATTESTATION_EPOCH_TURNS` while the committee changes: the registration is not seen here yet, or no block was
 *   attested since
 * @throws `EXECUTION_BEHIND` when the peer is older than what was verified before
 * @throws `CHAIN_FORK` when the attested block does not descend from the one verified before
 * @throws `ATTESTATION_EQUIVOCATION` when the committee signed two blocks of one height
 * @throws the codes of `verifyAttestation` and `openCommitment`
 */
export async function stepExecution(
  head: AttestedHead | undefined,
  step: ExecutionStep,
): Promise<AttestedHead | undefined> {
  const answer = await step.transport.request('hsk_getAttestation', ['latest']);
  if (answer === null) return head;
  const signed = parseSignedAttestation(answer, 'attestation');
  const { blockNumber, blockHash } = signed.attestation;
  const known = head?.block;
  if (known && blockNumber < known.header.number)
    throw new HskError('EXECUTION_BEHIND', 'The endpoint is behind what was already verified', {
      details: `it has block ${blockNumber}, verified is ${known.header.number}`,
      action: 'The client keeps what it has and asks again.',
    });
  if (known && blockNumber === known.header.number && blockHash === known.hash) return head;
  checkTurn(signed.attestation.epoch, step.committee.epoch);
  verifyAttestation({
    signed,
    domain: {
      mainchainId: step.profile.mainchain.chainId,
      anchorRegistry: step.profile.mainchain.contracts.anchorRegistry,
    },
    committee: step.committee,
    executionChainId: step.profile.execution.chainId,
    now: step.now,
  });
  step.onSigned(signed);
  const { newest } = step;
  const other =
    newest && newest.header.number >= blockNumber
      ? await ancestor(newest, blockNumber, step)
      : step.headers.get(blockNumber);
  if (other && other.hash !== blockHash)
    throw new HskError('ATTESTATION_EQUIVOCATION', 'The committee attested two blocks of the same height', {
      details: `block ${blockNumber}: ${other.hash} and ${blockHash}`,
      action: 'Stop using this deployment and tell its operator.',
    });
  const block = await openCommitment(signed.attestation, step.transport, step.prove, step.profile);
  if (newest && newest.header.number < blockNumber) await ancestor(block, newest.header.number, step);
  step.headers.admit(block);
  return { block, signed, committee: step.committee.committee };
}

/**
 * Between the registration of a committee and its first block, the newest attestation is of the epoch before; and it
 * may come before the sealed header that shows the registration. Neither is believed, and neither is a lie.
 */
function checkTurn(attested: bigint, sealed: bigint): void {
  if (attested === sealed || attested < 1n || attested + 1n < sealed) return;
  throw new HskError('ATTESTATION_EPOCH_TURNS', 'The committee is changing', {
    details: `the newest attestation is of epoch ${attested}, the mainchain shows epoch ${sealed}`,
    action: 'The client keeps what it has and asks again.',
  });
}
