import type { Hex } from 'viem';
import { bytesToHex, hexToBytes } from './hex.ts';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ATTESTATION_DST, POSSESSION_DST } from './attestation.ts';
import { g2ToEip2537 } from './committee.ts';
import { HskError } from './errors.ts';

const { G1, G2, shortSignatures, longSignatures } = bls12_381;

export type G1Point = InstanceType<typeof G1.Point>;
export type G2Point = InstanceType<typeof G2.Point>;

/**
 * The two arrangements of BLS12-381: `short` has signatures in G1 and keys in G2 (this chain's committee),
 * `long` the reverse (Ethereum's sync committee).
 */
export const BLS_SCHEMES = {
  short: {
    decodeKey: (bytes: Hex) => decodeG2(bytes),
    decodeSignature: (bytes: Hex) => decodeG1(bytes),
    dst: ATTESTATION_DST,
  },
  long: {
    decodeKey: (bytes: Hex) => decodeG1(bytes),
    decodeSignature: (bytes: Hex) => decodeG2(bytes),
    dst: 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_',
  },
} as const;
export type BlsScheme = keyof typeof BLS_SCHEMES;

/**
 * A point of G1 from its 48 compressed bytes. On the curve, in the subgroup, in the one canonical encoding;
 * infinity is a point here, and refused where keys and signatures are read.
 * @throws `BLS_POINT_INVALID`
 */
export function decodeG1(bytes: Hex): G1Point {
  return decodePoint(G1.Point, bytes, 48);
}

/** As `decodeG1`, 96 compressed bytes. */
export function decodeG2(bytes: Hex): G2Point {
  return decodePoint(G2.Point, bytes, 96);
}

function decodePoint<P extends { is0(): boolean; assertValidity(): void }>(
  group: { fromBytes(bytes: Uint8Array): P },
  encoded: Hex,
  size: number,
): P {
  const bad = (details: string, cause?: unknown) =>
    new HskError('BLS_POINT_INVALID', 'The bytes are not a point of BLS12-381', { details, cause });
  if (encoded.length !== 2 + 2 * size) throw bad(`${(encoded.length - 2) / 2} bytes, ${size} expected`);
  const bytes = hexToBytes(encoded);
  // The compression flag: an uncompressed point of the same length is another encoding.
  if ((bytes[0]! & 0x80) === 0) throw bad('not compressed');
  const infinity = bytes[0] === 0xc0 && bytes.subarray(1).every((byte) => byte === 0);
  try {
    const point = group.fromBytes(bytes);
    if (point.is0() !== infinity) throw new Error('a second encoding of infinity');
    if (!infinity) point.assertValidity();
    return point;
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : 'not decodable', cause);
  }
}

/**
 * Sum of signatures, compressed.
 * @throws `BLS_EMPTY`, `BLS_POINT_INVALID`
 */
export function aggregateSignatures(scheme: BlsScheme, signatures: readonly Hex[]): Hex {
  if (signatures.length === 0) throw new HskError('BLS_EMPTY', 'There are no signatures to aggregate');
  return scheme === 'short'
    ? bytesToHex(sum(signatures.map(decodeG1)).toBytes(true))
    : bytesToHex(sum(signatures.map(decodeG2)).toBytes(true));
}

/**
 * Whether `signature` is the sum of what every one of `keys` signed over the same message. False for an
 * empty list, for infinity and for anything that does not decode; keys need proofs of possession.
 */
export function fastAggregateVerify(
  scheme: BlsScheme,
  keys: readonly Hex[],
  message: Hex,
  signature: Hex,
  dst: string = BLS_SCHEMES[scheme].dst,
): boolean {
  try {
    if (scheme === 'short') return verifyShort(hexToBytes(message), signature, keys.map(decodeKey), dst);
    const points = keys.map(decodeG1);
    if (points.length === 0 || points.some((key) => key.is0())) return false;
    return verifyLong(message, signature, sum(points), dst);
  } catch (error) {
    if (error instanceof HskError) return false;
    throw error;
  }
}

/**
 * Proof that the owner of a 96-byte key in G2 knows its secret: a signature over the key's EIP-2537 form,
 * the bytes that the registry sees. Without it a key could be chosen to cancel the others.
 */
export function verifyPossession(key: Hex, possession: Hex): boolean {
  try {
    const point = decodeKey(key);
    return verifyShort(hexToBytes(eip2537Key(point)), possession, [point], POSSESSION_DST);
  } catch (error) {
    if (error instanceof HskError) return false;
    throw error;
  }
}

/** A sum of keys, ready to verify with. @throws `BLS_EMPTY` */
export function aggregateKeys(keys: readonly G2Point[]): G2Point {
  if (keys.length === 0) throw new HskError('BLS_EMPTY', 'There are no keys to aggregate');
  return sum(keys);
}

/**
 * Whether the short signature over the 32-byte digest is the aggregate of exactly these keys' (decoded, of
 * members whose possession was proven).
 * @throws `BLS_POINT_INVALID` for a malformed signature
 */
export function verifyAggregate(digest: Hex, signature: Hex, keys: readonly G2Point[]): boolean {
  return verifyShort(hexToBytes(digest), signature, keys, ATTESTATION_DST);
}

/**
 * Whether the long signature over the message is `key`'s: a key in G1, or a sum of keys whose possession was proven.
 * @throws `BLS_POINT_INVALID` for a malformed signature
 */
export function verifyLong(
  message: Hex,
  signature: Hex,
  key: G1Point,
  dst: string = BLS_SCHEMES.long.dst,
): boolean {
  const point = decodeG2(signature);
  // Keys that cancel each other would verify a signature nobody made.
  if (key.is0() || point.is0()) return false;
  return longSignatures.verify(point, longSignatures.hash(hexToBytes(message), dst), key);
}

/** A member's key from 96 compressed bytes. @throws `BLS_POINT_INVALID`, also for infinity: it would sign for nobody */
export function decodeKey(bytes: Hex): G2Point {
  const point = decodeG2(bytes);
  if (point.is0()) throw new HskError('BLS_POINT_INVALID', 'The point at infinity is no key');
  return point;
}

function eip2537Key(point: G2Point): Hex {
  return g2ToEip2537(bytesToHex(point.toBytes(false)));
}

function verifyShort(message: Uint8Array, signature: Hex, keys: readonly G2Point[], dst: string): boolean {
  const point = decodeG1(signature);
  if (keys.length === 0 || point.is0()) return false;
  const total = sum(keys);
  // Keys that cancel each other would verify a signature nobody made.
  return !total.is0() && shortSignatures.verify(point, shortSignatures.hash(message, dst), total);
}

function sum<P extends { add(other: P): P }>(points: readonly P[]): P {
  return points.reduce((total, point) => total.add(point));
}
