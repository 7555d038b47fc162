import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, concat, type Hex, hexToBytes, slice } from 'viem';
import { POSSESSION_DST } from '../../protocol/attestation.ts';
import { decodeG1, decodeG2, type G2Point } from '../../protocol/bls.ts';
import { g1ToEip2537, g2ToEip2537 } from '../../protocol/committee.ts';
import { HskError } from '../../protocol/errors.ts';
import { mcl } from '../chain/mcl.ts';

type G1 = InstanceType<typeof mcl.G1>;
type G2 = InstanceType<typeof mcl.G2>;

/**
 * BLS12-381 with signatures in G1 and keys in G2 (wire.md §2, scheme 1). `@chainsafe/blst` binds only the
 * other arrangement, so what comes with every block runs in mcl's WebAssembly; keys are made with noble,
 * with which the browser verifies.
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

let lastHash: { digest: Hex; point: G1 } | undefined;

/** RFC 9380 under `ATTESTATION_DST`, which is mcl's own; members of one process meet the same digest in turn. */
function hashDigest(digest: Hex): G1 {
  if (lastHash?.digest !== digest)
    lastHash = { digest, point: mcl.hashAndMapToG1(hexToBytes(digest, { size: 32 })) };
  return lastHash.point;
}

/** @returns 48 bytes, compressed G1 */
export function signDigest(digest: Hex, secret: Uint8Array): Hex {
  const scalar = new mcl.Fr();
  scalar.setBigEndianMod(secret);
  return bytesToHex(mcl.mul(hashDigest(digest), scalar).serialize());
}

/** As `aggregateSignatures` of the protocol, for the committee's scheme. @throws `BLS_EMPTY`, `BLS_POINT_INVALID` */
export function aggregateSignatures(signatures: readonly Hex[]): Hex {
  if (signatures.length === 0) throw new HskError('BLS_EMPTY', 'There are no signatures to aggregate');
  return bytesToHex(
    signatures
      .map(decodeSignature)
      .reduce((sum, point) => mcl.add(sum, point))
      .serialize(),
  );
}

/**
 * As `verifyAggregate` of the protocol: the same answer from WebAssembly.
 * @param keys compressed, 96 bytes each
 * @throws `BLS_POINT_INVALID`
 */
export function verifyAggregate(digest: Hex, signature: Hex, keys: readonly Hex[]): boolean {
  const point = decodeSignature(signature);
  if (keys.length === 0 || point.isZero()) return false;
  const total = keys.map(fastKey).reduce((sum, key) => mcl.add(sum, key));
  // Keys that cancel each other would verify a signature nobody made.
  if (total.isZero()) return false;
  // e(H(m), key) · e(signature, −G2) = 1
  return mcl
    .finalExp(mcl.precomputedMillerLoop2mixed(hashDigest(digest), total, point, NEGATED_BASE))
    .isOne();
}

const NEGATED_BASE = new mcl.PrecomputedG2(fastPoint(bls12_381.G2.Point.BASE.negate()));
const fastKeys = new Map<Hex, G2>();

/** Keys of a committee are decoded once and verified with for every block. */
function fastKey(key: Hex): G2 {
  let point = fastKeys.get(key);
  if (!point) fastKeys.set(key, (point = fastPoint(decodeG2(key))));
  return point;
}

function fastPoint(key: G2Point): G2 {
  const point = new mcl.G2();
  point.deserialize(key.toBytes(true));
  return point;
}

/** On the curve, in the subgroup, in the one canonical encoding; infinity is a point here, as in the protocol. */
function decodeSignature(signature: Hex): G1 {
  const bad = (details: string, cause?: unknown) =>
    new HskError('BLS_POINT_INVALID', 'The bytes are not a point of BLS12-381', { details, cause });
  if (signature.length !== 98) throw bad(`${(signature.length - 2) / 2} bytes, 48 expected`);
  const bytes = hexToBytes(signature);
  const point = new mcl.G1();
  try {
    // The EVM's precompiles switch the subgroup check off for additions (EIP-2537).
    mcl.verifyOrderG1(true);
    point.deserialize(bytes);
  } catch (cause) {
    throw bad('not decodable', cause);
  }
  if (!Buffer.from(point.serialize()).equals(bytes)) throw bad('a second encoding');
  return point;
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
