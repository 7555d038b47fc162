import { type Address, bytesToHex, type Hex, hexToBytes, keccak256 } from 'viem';
import { secp256k1 } from '@noble/curves/secp256k1.js';

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
    const key = secp256k1.Signature.fromBytes(bytes.subarray(0, 64), 'compact')
      .addRecoveryBit(v)
      .recoverPublicKey(hexToBytes(hash));
    const digest = keccak256(key.toBytes(false).subarray(1));
    return `0x${digest.slice(26)}`;
  } catch {
    return undefined;
  }
}

/** Wallets write v as 27 or 28; QBFT and EIP-2718 as 0 or 1. Anything else is left for the check above. */
export function normaliseRecoveryByte(signature: Hex): Hex {
  const bytes = hexToBytes(signature);
  const v = bytes[64];
  if (bytes.length === 65 && (v === 27 || v === 28)) bytes[64] = v - 27;
  return bytesToHex(bytes);
}
