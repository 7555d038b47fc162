import type { Address, Hex } from 'viem';
import { bytesToHex, hexToBytes, keccak256 } from './hex.ts';
import { Point } from './secp256k1.ts';

export { sameAddress } from './address.ts';

/**
 * The address whose key signed `hash` (secp256k1, no message prefix). `signature` is r ‖ s ‖ v, 65 bytes;
 * v must be exactly 0 or 1. Lower-case address, or `undefined` when no public key fits.
 */
export function recoverSigner(hash: Hex, signature: Hex): Address | undefined {
  const bytes = hexToBytes(signature);
  const v = bytes[64];
  if (bytes.length !== 65 || (v !== 0 && v !== 1)) return undefined;
  try {
    const key = recoverKey(hexToBytes(hash), bytes, v);
    const digest = keccak256(key.toBytes(false).subarray(1));
    return `0x${digest.slice(26)}`;
  } catch {
    return undefined;
  }
}

/** SEC 1, 4.1.6: Q = r⁻¹(sR − zG). @throws where there is no such point */
function recoverKey(hash: Uint8Array, signature: Uint8Array, parity: number) {
  const { Fn, BASE } = Point;
  const x = signature.subarray(0, 32);
  const r = Fn.fromBytes(x);
  const s = Fn.fromBytes(signature.subarray(32, 64));
  if (r === 0n || s === 0n || hash.length !== 32) throw new Error('not a signature');
  const point = Point.fromBytes(Uint8Array.of(2 + parity, ...x));
  const inverse = Fn.inv(r);
  const z = Fn.create(BigInt(bytesToHex(hash)));
  const key = BASE.mulAddUnsafe(Fn.neg(Fn.mul(z, inverse)), point, Fn.mul(s, inverse));
  key.assertValidity();
  return key;
}

/** Wallets write v as 27 or 28; QBFT and EIP-2718 as 0 or 1. Anything else is left for the check above. */
export function normaliseRecoveryByte(signature: Hex): Hex {
  const bytes = hexToBytes(signature);
  const v = bytes[64];
  if (bytes.length === 65 && (v === 27 || v === 28)) bytes[64] = v - 27;
  return bytesToHex(bytes);
}
