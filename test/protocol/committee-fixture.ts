import { bytesToHex, type Hex, hexToBytes, keccak256, numberToHex } from 'viem';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  type Attestation,
  ATTESTATION_DST,
  attestationDigest,
  type AttestationDomain,
  POSSESSION_DST,
  type SignedAttestation,
} from '../../src/protocol/attestation.ts';
import { aggregateSignatures } from '../../src/protocol/bls.ts';
import { g2ToEip2537 } from '../../src/protocol/committee.ts';

const scheme = bls12_381.shortSignatures;

/** A committee member with a key that every run finds again. */
export interface Member {
  secret: Uint8Array;
  publicKey: Hex;
  possession: Hex;
}

export function member(seed: number): Member {
  const secret = hexToBytes(keccak256(numberToHex(seed, { size: 4 })));
  secret[0]! &= 0x3f;
  const point = scheme.getPublicKey(secret);
  return {
    secret,
    publicKey: bytesToHex(point.toBytes(true)),
    possession: sign(g2ToEip2537(bytesToHex(point.toBytes(false))), secret, POSSESSION_DST),
  };
}

export function sign(message: Hex, secret: Uint8Array, dst: string = ATTESTATION_DST): Hex {
  return bytesToHex(scheme.sign(scheme.hash(hexToBytes(message), dst), secret).toBytes(true));
}

/** Signed by the members whose indices are named. */
export function attest(
  domain: AttestationDomain,
  attestation: Attestation,
  members: readonly Member[],
  signers: readonly number[],
): SignedAttestation {
  const digest = attestationDigest(domain, attestation);
  const bitmap = new Uint8Array(Math.ceil(members.length / 8));
  for (const index of signers) bitmap[index >> 3]! |= 1 << (index & 7);
  return {
    attestation,
    bitmap: bytesToHex(bitmap),
    signature: aggregateSignatures(
      'short',
      signers.map((index) => sign(digest, members[index]!.secret)),
    ),
  };
}
