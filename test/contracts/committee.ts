import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, type Hex, hexToBytes, keccak256, stringToHex } from 'viem';
import { ATTESTATION_DST, POSSESSION_DST } from '../../src/protocol/attestation.ts';
import { g1ToEip2537, g2ToEip2537 } from '../../src/protocol/committee.ts';

const scheme = bls12_381.shortSignatures;

/** One committee member; points in EIP-2537's encoding. */
export interface Member {
  secret: Uint8Array;
  key: Hex;
  possession: Hex;
}

export function member(name: string): Member {
  const secret = hexToBytes(keccak256(stringToHex(name)));
  secret[0]! &= 0x1f; // below the order of the group
  const key = g2ToEip2537(bytesToHex(scheme.getPublicKey(secret).toBytes(false)));
  return { secret, key, possession: signOver(key, [secret], POSSESSION_DST) };
}

/** Aggregate of the secrets' signatures over one message, 128 bytes. */
export function signOver(message: Hex, secrets: readonly Uint8Array[], dst = ATTESTATION_DST): Hex {
  const point = scheme.hash(hexToBytes(message), dst);
  const sum = secrets
    .map((secret) => scheme.sign(point, secret))
    .reduce((total, signature) => total.add(signature), bls12_381.G1.Point.ZERO);
  return sum.is0() ? `0x${'00'.repeat(128)}` : g1ToEip2537(bytesToHex(sum.toBytes(false)));
}

/** Member i is bit i & 7 of byte i >> 3. */
export function bitmap(indices: readonly number[], members: number): Hex {
  const bytes = new Uint8Array(Math.ceil(members / 8));
  for (const index of indices) bytes[index >> 3]! |= 1 << (index & 7);
  return bytesToHex(bytes);
}
