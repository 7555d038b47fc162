import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, concat, type Hex, hexToBytes, slice } from 'viem';
import { ATTESTATION_DST, POSSESSION_DST } from '../../protocol/attestation.ts';
import { decodeG1, decodeG2 } from '../../protocol/bls.ts';
import { g1ToEip2537, g2ToEip2537 } from '../../protocol/committee.ts';

/**
 * BLS12-381 with signatures in G1 and keys in G2 (wire.md §2, scheme 1). `@chainsafe/blst` binds only the
 * other arrangement, so the node signs with noble, as the browser verifies.
 */
const scheme = bls12_381.shortSignatures;

/** What a member publishes of itself. */
export interface MemberKey {
  /** 96 bytes, compressed G2. */
  publicKey: Hex;
  /** The same point as the EVM takes it: 256 bytes. */
  eip2537Key: Hex;
  /** Proof of possession over `eip2537Key`, 48 bytes compressed G1. */
  possession: Hex;
  /** The same point as the EVM takes it: 128 bytes. */
  eip2537Possession: Hex;
}

export function memberKey(secret: Uint8Array): MemberKey {
  const point = scheme.getPublicKey(secret);
  const eip2537Key = g2ToEip2537(bytesToHex(point.toBytes(false)));
  const possession = scheme.sign(scheme.hash(hexToBytes(eip2537Key), POSSESSION_DST), secret);
  return {
    publicKey: bytesToHex(point.toBytes(true)),
    eip2537Key,
    possession: bytesToHex(possession.toBytes(true)),
    eip2537Possession: g1ToEip2537(bytesToHex(possession.toBytes(false))),
  };
}

let lastHash: { digest: Hex; point: ReturnType<typeof scheme.hash> } | undefined;

/** Hashing to the curve costs as much as signing; members of one process meet the same digest in turn. */
function hashDigest(digest: Hex) {
  if (lastHash?.digest !== digest)
    lastHash = { digest, point: scheme.hash(hexToBytes(digest), ATTESTATION_DST) };
  return lastHash.point;
}

/** @returns 48 bytes, compressed G1 */
export function signDigest(digest: Hex, secret: Uint8Array): Hex {
  return bytesToHex(scheme.sign(hashDigest(digest), secret).toBytes(true));
}

/** The 128 bytes of EIP-2537 from 48 compressed. */
export function expandSignature(signature: Hex): Hex {
  return g1ToEip2537(bytesToHex(decodeG1(signature).toBytes(false)));
}

/** The 256 bytes of EIP-2537 from 96 compressed. */
export function expandKey(key: Hex): Hex {
  return g2ToEip2537(bytesToHex(decodeG2(key).toBytes(false)));
}

/** The 96 compressed bytes of a G2 key in EIP-2537's 256. */
export function compressKey(eip2537Key: Hex): Hex {
  const part = (index: number) => slice(eip2537Key, index * 64 + 16, index * 64 + 64);
  const uncompressed = concat([part(1), part(0), part(3), part(2)]);
  return bytesToHex(bls12_381.G2.Point.fromBytes(hexToBytes(uncompressed)).toBytes(true));
}
