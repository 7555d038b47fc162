import type { Address, Hex } from 'viem';
import { HskError } from './errors.ts';
import type { Header } from './header.ts';
import { decodeQbftExtra, QBFT_MIX_HASH, qbftBlockHash, type QbftExtra, qbftSealHash } from './qbft.ts';
import { qbftQuorum } from './quorum.ts';
import { recoverSigner, sameAddress } from './recover.ts';

/** A header and the validator set after its parent, which must have sealed it. */
export interface SealedHeader {
  header: Header;
  validators: readonly Address[];
}

export interface SealDecision {
  /** Distinct members of the set, lower case, in the order of the seals. */
  signers: Address[];
  /** The QBFT block hash. */
  hash: Hex;
}

/**
 * Whether a QBFT header is sealed by a quorum of `validators` (wire.md §1).
 *
 * @throws `SEAL_NOT_QBFT`, `QBFT_EXTRA_INVALID` when it is not such a header; `SEAL_VALIDATORS_CHANGED` when
 * it lists another validator set than the one given; `SEAL_OTHER_HEADER` when its seals were made over
 * another header or by nobody; `SEAL_INVALID`, `SEAL_NOT_A_VALIDATOR`, `SEAL_DUPLICATE`, `SEAL_QUORUM` for
 * single seals.
 */
export function verifySealedHeader({ header, validators }: SealedHeader): SealDecision {
  const extra = readExtra(header);
  if (!sameSet(extra.validators, validators))
    throw new HskError('SEAL_VALIDATORS_CHANGED', 'The header was sealed by another validator set', {
      details: `block ${header.number} lists ${extra.validators.join(', ')}`,
      action: 'Follow the change with the skip rule, from a header that both sets signed.',
    });
  return { signers: recoverSeals(header, extra, validators), hash: qbftBlockHash(header) };
}

/**
 * Whether a header may be trusted without those between: more than 1/3 of the trusted set and at least
 * 2/3 of the header's own set sealed it (wire.md §1). The header's set is the answer's `validators`.
 *
 * @param proven the header's set where a contract keeps it (`provenValidators`): then the header must list none
 * @throws `SEAL_SKIP` when too few of the trusted set signed, and the codes of `verifySealedHeader`.
 */
export function verifySkip(
  trustedValidators: readonly Address[],
  header: Header,
  proven?: Address[],
): SealDecision & { validators: Address[] } {
  const extra = readExtra(header, proven !== undefined);
  const validators = proven ?? extra.validators;
  const signers = recoverSeals(header, extra, validators);
  const trusted = new Set(trustedValidators.map((member) => member.toLowerCase()));
  const overlap = signers.filter((signer) => trusted.has(signer)).length;
  if (overlap * 3 <= trusted.size)
    throw new HskError('SEAL_SKIP', 'Too few of the trusted validators signed the header', {
      details: `${overlap} of ${trusted.size}; more than a third is needed`,
      action: 'Walk the headers in between.',
    });
  return { signers, hash: qbftBlockHash(header), validators };
}

function readExtra(header: Header, isKept = false): QbftExtra {
  if (header.mixHash !== QBFT_MIX_HASH || header.difficulty !== 1n)
    throw new HskError('SEAL_NOT_QBFT', 'The header is not a QBFT header', {
      details: `mixHash ${header.mixHash}, difficulty ${header.difficulty}`,
    });
  const extra = decodeQbftExtra(header.extraData);
  if (isKept && extra.validators.length > 0)
    throw new HskError('QBFT_EXTRA_INVALID', 'The header lists validators that a contract should keep', {
      details: `block ${header.number}`,
    });
  const lowered = extra.validators.map((member) => member.toLowerCase());
  // A repeated member would count twice towards N, an unsorted list is not one Besu can have written.
  if (
    (lowered.length === 0 && !isKept) ||
    lowered.some((member, index) => index > 0 && member <= lowered[index - 1]!)
  )
    throw new HskError(
      'QBFT_EXTRA_INVALID',
      "The header's validator list is empty, unsorted or repeats itself",
    );
  return extra;
}

function recoverSeals(header: Header, extra: QbftExtra, validators: readonly Address[]): Address[] {
  const needed = qbftQuorum(validators.length);
  const quorum = (seen: number) =>
    new HskError('SEAL_QUORUM', 'Too few validators sealed the header', {
      details: `${seen} of ${validators.length} sealed block ${header.number}; ${needed} are needed`,
      action: 'Ask another endpoint of the mainchain.',
    });
  // Counted before any key is recovered: a peer must not buy work with a header that cannot pass.
  if (extra.seals.length < needed) throw quorum(extra.seals.length);
  if (extra.seals.length > validators.length)
    throw new HskError('SEAL_DUPLICATE', 'The header carries more seals than there are validators');
  const digest = qbftSealHash(header);
  const signers: Address[] = [];
  const isMember = (signer: Address | undefined) =>
    signer !== undefined && validators.some((member) => sameAddress(member, signer));
  for (const seal of extra.seals) {
    const signer = recoverSigner(digest, seal);
    if (!signer)
      throw new HskError('SEAL_INVALID', 'A seal is not a signature', {
        details: `block ${header.number}: ${seal}`,
      });
    // One false seal stands among true ones; over an altered header all are false, and the second tells.
    const [, second] = extra.seals;
    if (!isMember(signer) && signers.length === 0 && second && !isMember(recoverSigner(digest, second)))
      throw new HskError('SEAL_OTHER_HEADER', 'The seals were not made over this header', {
        details: `block ${header.number}`,
        action: 'Ask another endpoint of the mainchain.',
      });
    if (!isMember(signer))
      throw new HskError('SEAL_NOT_A_VALIDATOR', 'A seal was not made by a validator', {
        details: `block ${header.number}, recovered ${signer}`,
        action: 'Ask another endpoint of the mainchain.',
      });
    if (signers.includes(signer))
      throw new HskError('SEAL_DUPLICATE', 'A validator sealed the header twice', {
        details: `block ${header.number}, ${signer}`,
      });
    signers.push(signer);
  }
  return signers;
}

function sameSet(listed: readonly Address[], trusted: readonly Address[]): boolean {
  const sorted = trusted.map((member) => member.toLowerCase()).toSorted();
  return (
    listed.length === sorted.length && listed.every((member, index) => member.toLowerCase() === sorted[index])
  );
}
