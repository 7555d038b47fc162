import { bytesToHex, type Hex, hashMessage, hexToBytes } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { MemberKey } from './bls.ts';

/** A member of scheme 2: its key is an address, which the registry takes as it is. */
export function ecdsaMemberKey(secret: Uint8Array): MemberKey {
  const publicKey = privateKeyToAddress(bytesToHex(secret)).toLowerCase() as Hex;
  const possession = signEcdsaDigest(hashMessage({ raw: publicKey }), secret);
  return { publicKey, eip2537Key: publicKey, possession, eip2537Possession: possession };
}

/** @returns 65 bytes: r, s in the lower half, v 27 or 28 */
export function signEcdsaDigest(digest: Hex, secret: Uint8Array): Hex {
  const signature = secp256k1.sign(hexToBytes(digest), secret, { prehash: false, format: 'recovered' });
  // noble puts the recovery bit first.
  return bytesToHex(Uint8Array.of(...signature.subarray(1), 27 + signature[0]!));
}
