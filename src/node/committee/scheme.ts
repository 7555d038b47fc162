import { concat, type Hex, size } from 'viem';
import type { Committee } from '../../protocol/attestation.ts';
import { verifyPossession } from '../../protocol/bls.ts';
import { verifyEcdsaPossession, verifySignatures } from '../../protocol/ecdsa.ts';
import * as bls from './bls.ts';
import { ecdsaMemberKey, signEcdsaDigest } from './ecdsa.ts';

/**
 * Both schemes of wire.md §2 behind one set of verbs. Only who holds a secret must be told which one is
 * meant: keys and signatures show it by their size.
 */
export type Scheme = Committee['scheme'];

const ADDRESS_SIZE = 20;

export const isEcdsaKey = (key: Hex) => size(key) === ADDRESS_SIZE;
/** One signature or several of 65 bytes; a BLS signature has 48. */
const isEcdsaSignature = (signature: Hex) => size(signature) > 0 && size(signature) % 65 === 0;

/** What a member publishes of itself. */
export function memberKey(secret: Uint8Array, scheme: Scheme): bls.MemberKey {
  return scheme === 'ecdsa' ? ecdsaMemberKey(secret) : bls.memberKey(secret);
}

export function signDigest(digest: Hex, secret: Uint8Array, scheme: Scheme): Hex {
  return scheme === 'ecdsa' ? signEcdsaDigest(digest, secret) : bls.signDigest(digest, secret);
}

/**
 * One signature of several.
 * @param votes in member order, none twice
 * @throws `BLS_EMPTY`, `BLS_POINT_INVALID`
 */
export function aggregateSignatures(votes: readonly Hex[]): Hex {
  return votes.length > 0 && votes.every(isEcdsaSignature) ? concat(votes) : bls.aggregateSignatures(votes);
}

/** Whether exactly the owners of these keys signed. @throws `BLS_POINT_INVALID` */
export function verifyAggregate(digest: Hex, signature: Hex, keys: readonly Hex[]): boolean {
  return keys.some(isEcdsaKey)
    ? verifySignatures(digest, signature, keys)
    : bls.verifyAggregate(digest, signature, keys);
}

/** Whether the owner of a key holds its secret. */
export function provesPossession(key: Hex, possession: Hex): boolean {
  return isEcdsaKey(key) ? verifyEcdsaPossession(key, possession) : verifyPossession(key, possession);
}

/** A key as the registry takes it. */
export function expandKey(key: Hex): Hex {
  return isEcdsaKey(key) ? key : bls.expandKey(key);
}

/** A signature as the registry takes it. */
export function expandSignature(signature: Hex): Hex {
  return isEcdsaSignature(signature) ? signature : bls.expandSignature(signature);
}

/** A key from the registry's form. */
export function compressKey(registered: Hex): Hex {
  return isEcdsaKey(registered) ? registered : bls.compressKey(registered);
}

/** Members in the order in which the registry takes them: addresses ascend, BLS keys stand as they are. */
export function inRegistryOrder<M extends { publicKey: Hex }>(members: readonly M[]): M[] {
  return members.some(({ publicKey }) => isEcdsaKey(publicKey))
    ? members.toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1))
    : [...members];
}
