import { createRequire } from 'node:module';
import type { CustomCrypto } from '@ethereumjs/common';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createKeccak } from 'hash-wasm';
import { HskError } from '../../protocol/errors.ts';

/** What the engine needs of libsecp256k1. `recover` returns the 65-byte uncompressed key, 0x04 first. */
interface Secp256k1 {
  native: boolean;
  recover(signature: Uint8Array, recovery: number, hash: Uint8Array): Uint8Array;
  /** 64 bytes r ‖ s with low s, and the recovery bit. */
  sign(hash: Uint8Array, key: Uint8Array): { signature: Uint8Array; recovery: number };
}

interface Secp256k1Addon {
  ecdsaRecover(signature: Uint8Array, recovery: number, hash: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(hash: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
}

function loadSecp256k1(): Secp256k1 {
  try {
    // The package's own entry falls back to a slow JavaScript curve; this one throws where no prebuild is.
    const addon = createRequire(import.meta.url)('secp256k1/bindings.js') as Secp256k1Addon;
    return {
      native: true,
      recover: (signature, recovery, hash) => addon.ecdsaRecover(signature, recovery, hash, false),
      sign: (hash, key) => {
        const { signature, recid } = addon.ecdsaSign(hash, key);
        return { signature, recovery: recid };
      },
    };
  } catch {
    return {
      native: false,
      recover: (signature, recovery, hash) =>
        secp256k1.Signature.fromBytes(signature, 'compact')
          .addRecoveryBit(recovery)
          .recoverPublicKey(hash)
          .toBytes(false),
      sign: (hash, key) => {
        const bytes = secp256k1.sign(hash, key, { prehash: false, lowS: true, format: 'recovered' });
        return { signature: bytes.slice(1), recovery: bytes[0]! };
      },
    };
  }
}

export const curve = loadSecp256k1();

const hasher = await createKeccak(256);

/** keccak-256, synchronous, about ten times faster than the JavaScript one for small inputs. */
export function keccak(message: Uint8Array): Uint8Array {
  return hasher.init().update(message).digest('binary');
}

/**
 * The public key behind a signature as ethereumjs asks for it: r and s unpadded, `v` 0/1, 27/28 or
 * EIP-155. Returns 64 bytes.
 * @throws when `v` is none of these or the signature has no key.
 */
export function ecrecover(
  hash: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  const recovery = recoveryBit(v, chainId);
  const signature = new Uint8Array(64);
  if (r.length > 32 || s.length > 32) throw new HskError('CHAIN_SIGNATURE_INVALID', 'r or s is too long');
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  return curve.recover(signature, recovery, hash).slice(1);
}

function recoveryBit(v: bigint, chainId?: bigint): number {
  if (v === 0n || v === 1n) return Number(v);
  const bit = chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  if (bit !== 0n && bit !== 1n) throw new HskError('CHAIN_SIGNATURE_INVALID', 'v is not a recovery value');
  return Number(bit);
}

export const customCrypto: CustomCrypto = { keccak256: keccak, ecrecover };
