import type { Hex } from 'viem';
import { hexToBytes } from './hex.ts';
import {
  type Attestation,
  attestationDigest,
  type AttestationDomain,
  type SignedAttestation,
} from './attestation.ts';
import { HskError, toHskError } from './errors.ts';
import { executionHash } from './execution-hash.ts';
import type { Header } from './header.ts';
import type { PreparedCommittee } from './prepared-committee.ts';

export interface AttestationCheck {
  signed: SignedAttestation;
  domain: AttestationDomain;
  /** The committee of the epoch that counts. */
  committee: PreparedCommittee;
  executionChainId: number | bigint;
  /** Seconds since 1970. */
  now: bigint;
}

export interface AttestationDecision {
  /** What the members signed; the next attestation names it as `previous`. */
  digest: Hex;
  /** Indices of the members that signed, ascending. */
  signers: number[];
}

const MAX_UINT64 = (1n << 64n) - 1n;

/**
 * Whether a committee attested an execution block (wire.md §2). The cheap refusals come first; the
 * signature, one pairing check or one recovery a signer, at the end.
 *
 * @throws `ATTESTATION_RANGE` (a number that its type cannot hold), `ATTESTATION_CHAIN`,
 * `ATTESTATION_EPOCH`, `ATTESTATION_COMMITTEE`, `ATTESTATION_EXPIRED`, `ATTESTATION_BITMAP` (its length, or
 * bits at or above n), `ATTESTATION_THRESHOLD`, `ATTESTATION_SIGNATURE_ENCODING`, `ATTESTATION_SIGNATURE`
 */
export function verifyAttestation(check: AttestationCheck): AttestationDecision {
  const { signed, domain, committee, executionChainId, now } = check;
  const { attestation } = signed;
  for (const field of ['epoch', 'blockNumber', 'dataLength', 'expiry'] as const)
    if (attestation[field] < 0n || attestation[field] > MAX_UINT64)
      throw refuse('RANGE', 'The attestation holds a number out of range', `${field} ${attestation[field]}`);
  if (attestation.executionChainId !== BigInt(executionChainId))
    throw refuse(
      'CHAIN',
      'The attestation is about another chain',
      `chain ${attestation.executionChainId}, expected ${executionChainId}`,
    );
  if (attestation.epoch !== committee.epoch)
    throw refuse(
      'EPOCH',
      'The attestation is of another epoch',
      `epoch ${attestation.epoch}, expected ${committee.epoch}`,
    );
  if (attestation.committeeHash.toLowerCase() !== committee.hash)
    throw refuse(
      'COMMITTEE',
      'The attestation names another committee',
      `${attestation.committeeHash}, expected ${committee.hash}`,
    );
  if (now >= attestation.expiry)
    throw refuse('EXPIRED', 'The attestation has expired', `at ${attestation.expiry}, now ${now}`);
  const signers = signersOf(signed.bitmap, committee.size);
  if (signers.length < committee.threshold)
    throw refuse(
      'THRESHOLD',
      'Too few committee members signed',
      `${signers.length} of ${committee.size}; ${committee.threshold} are needed`,
    );
  const digest = attestationDigest(domain, attestation);
  let valid: boolean;
  try {
    valid = committee.isSignedBy(digest, signed.signature, signers);
  } catch (error) {
    throw new HskError('ATTESTATION_SIGNATURE_ENCODING', "The attestation's signature is not a point", {
      action: 'Ask another endpoint of the execution chain.',
      cause: toHskError(error),
    });
  }
  if (!valid)
    throw refuse(
      'SIGNATURE',
      'The members named did not sign this attestation',
      `block ${attestation.blockNumber}, members ${signers.join(', ')}`,
    );
  return { digest, signers };
}

/**
 * The indices whose bits are set.
 * @throws `ATTESTATION_BITMAP` unless it is exactly ceil(size/8) bytes with no bit at or above `size`
 */
export function signersOf(bitmap: Hex, size: number): number[] {
  const bytes = hexToBytes(bitmap);
  if (bytes.length !== Math.ceil(size / 8))
    throw refuse(
      'BITMAP',
      "The attestation's bitmap has the wrong length",
      `${bytes.length} bytes for ${size}`,
    );
  const signers: number[] = [];
  for (let index = 0; index < bytes.length * 8; index++) {
    if (((bytes[index >> 3]! >> (index & 7)) & 1) === 0) continue;
    if (index >= size)
      throw refuse('BITMAP', 'The bitmap names a member who does not exist', `bit ${index} of ${size}`);
    signers.push(index);
  }
  return signers;
}

/**
 * The hash of the header that an attestation is about.
 * @throws `ATTESTATION_HEADER` when it is another
 */
export function verifyAttestedHeader(attestation: Attestation, header: Header): Hex {
  const hash = executionHash(header);
  if (hash !== attestation.blockHash.toLowerCase() || header.number !== attestation.blockNumber)
    throw refuse(
      'HEADER',
      'The header is not the one that was attested',
      `block ${header.number} ${hash}, attested ${attestation.blockNumber} ${attestation.blockHash}`,
    );
  return hash;
}

function refuse(reason: string, message: string, details: string): HskError {
  return new HskError(`ATTESTATION_${reason}`, message, {
    details,
    action: 'Ask another endpoint of the execution chain.',
  });
}
