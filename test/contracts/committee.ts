import { bls12_381 } from '@noble/curves/bls12-381.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, concat, hashMessage, type Hex, hexToBytes, keccak256, stringToHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
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

/** Members of one scheme, as the registry is told of them and as they sign. */
export interface TestCommittee {
  /** As `AnchorRegistry.scheme` and the profile name it. */
  scheme: 'bls' | 'ecdsa';
  keys: Hex[];
  possession: Hex[];
  /** What the registry takes as the signature of the members at these places, in that order. */
  sign(digest: Hex, signers: readonly number[]): Hex;
}

export function blsCommittee(names: readonly string[]): TestCommittee {
  const members = names.map(member);
  return {
    scheme: 'bls',
    keys: members.map(({ key }) => key),
    possession: members.map(({ possession }) => possession),
    sign: (digest, signers) =>
      signOver(
        digest,
        signers.map((index) => members[index]!.secret),
      ),
  };
}

/** Sorted by address, as the registry wants them. */
export function ecdsaCommittee(names: readonly string[]): TestCommittee {
  const members = names
    .map((name) => {
      const secret = keccak256(stringToHex(name));
      const key = privateKeyToAddress(secret).toLowerCase() as Hex;
      return { secret, key, possession: signEcdsa(hashMessage({ raw: key }), secret) };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return {
    scheme: 'ecdsa',
    keys: members.map(({ key }) => key),
    possession: members.map(({ possession }) => possession),
    sign: (digest, signers) =>
      concat(['0x', ...signers.map((index) => signEcdsa(digest, members[index]!.secret))]),
  };
}

/** r, s, v: 65 bytes, v 27 or 28, s in the lower half. */
export function signEcdsa(digest: Hex, secret: Hex): Hex {
  const [v, ...rs] = secp256k1.sign(hexToBytes(digest), hexToBytes(secret), {
    prehash: false,
    format: 'recovered',
  });
  return concat([bytesToHex(Uint8Array.from(rs)), v === 0 ? '0x1b' : '0x1c']);
}
