import { type Hex, hashMessage } from 'viem';
import { size, slice } from './hex.ts';
import { normaliseRecoveryByte, recoverSigner } from './recover.ts';
import { Point } from './secp256k1.ts';

/**
 * Scheme 2 of wire.md §2, for a mainchain without EIP-2537. A key is an address; a signature is r ‖ s ‖ v, 65
 * bytes, v 27 or 28 and s in the lower half (EIP-2), the one encoding that the registry accepts too.
 */
const SIGNATURE_SIZE = 65;
const HALF_ORDER = Point.Fn.ORDER >> 1n;

/**
 * Whether `signature` is one signature of each of `keys` over the 32-byte digest, in their order, and nothing
 * more. False for an empty list and for anything malformed.
 */
export function verifySignatures(digest: Hex, signature: Hex, keys: readonly Hex[]): boolean {
  return (
    keys.length > 0 &&
    size(signature) === keys.length * SIGNATURE_SIZE &&
    keys.every((key, index) =>
      isSignedBy(digest, slice(signature, index * SIGNATURE_SIZE, (index + 1) * SIGNATURE_SIZE), key),
    )
  );
}

/** Proof that somebody holds the secret of an address: a signed message (EIP-191) of its own 20 bytes. */
export function verifyEcdsaPossession(key: Hex, possession: Hex): boolean {
  return isSignedBy(hashMessage({ raw: key }), possession, key);
}

function isSignedBy(digest: Hex, signature: Hex, key: Hex): boolean {
  if (size(signature) !== SIGNATURE_SIZE || BigInt(slice(signature, 32, 64)) > HALF_ORDER) return false;
  const normalised = normaliseRecoveryByte(signature);
  return normalised !== signature.toLowerCase() && recoverSigner(digest, normalised) === key.toLowerCase();
}
