import { bytesToHex, type Hex, numberToHex } from 'viem';
import { signDigest } from '../../src/node/committee/bls.ts';
import {
  type AttestationDomain,
  attestationDigest,
  parseSignedAttestation,
} from '../../src/protocol/attestation.ts';
import { decodeG1 } from '../../src/protocol/bls.ts';
import { flipBit } from '../protocol/vectors.ts';
import type { Json, Lie } from './lying-peer.ts';

/** Lies about the newest attestation. */
const newest = (alter?: Lie['alter']): Lie => ({
  chain: 'execution',
  method: 'hsk_getAttestation',
  ...(alter && { alter }),
});
const field = (change: (attestation: Json) => Json): Lie =>
  newest((signed) => ({ ...signed, attestation: { ...signed.attestation, ...change(signed.attestation) } }));
const bits = (bitmap: Hex): Lie => newest((signed) => ({ ...signed, bitmap }));

/**
 * The signature of a member taken out of the aggregate, as if that member had stayed away. With the
 * member's bit cleared the rest is an honest quorum; with the bit left, it claims who did not sign.
 */
export const absentMember = (domain: AttestationDomain, secret: Uint8Array, bitmap: Hex): Lie =>
  newest((signed) => {
    const { attestation } = parseSignedAttestation(signed, 'attestation');
    const own = decodeG1(signDigest(attestationDigest(domain, attestation), secret));
    const rest = decodeG1(signed.signature).subtract(own);
    return { ...signed, bitmap, signature: bytesToHex(rest.toBytes(true)) };
  });

export const bitBeyondCommittee = bits('0x1f');
export const bitmapTooLong = bits('0x0f00');
export const twoOfFourMembers = bits('0x03');
export const nobodySigned = bits('0x00');
export const memberUnnamed = bits('0x07');
export const flippedSignature: Lie = newest((signed) => ({
  ...signed,
  signature: flipBit(signed.signature, 90),
}));
export const signatureAtInfinity: Lie = newest((signed) => ({
  ...signed,
  signature: `0xc0${'00'.repeat(47)}`,
}));
/** An honest signature, over the attestation of block one. */
export const anotherSignature: Lie = {
  ...newest((signed, other) => ({ ...signed, signature: other.signature })),
  instead: () => ['0x1'],
};
export const oldEpoch = field(() => ({ epoch: '0' }));
export const anotherCommittee = field(() => ({ committeeHash: `0x${'77'.repeat(32)}` }));
export const anotherChainId = field(() => ({ executionChainId: '1' }));
export const expired = field(() => ({ expiry: '1' }));
export const numberOutOfRange = field(() => ({ dataLength: (1n << 64n).toString() }));
export const anotherBlockHash = field(({ blockHash }) => ({ blockHash: flipBit(blockHash, 3) }));
export const anotherOutputRoot = field(({ outputRoot }) => ({ outputRoot: flipBit(outputRoot, 3) }));
export const anotherPrevious = field(({ previous }) => ({ previous: flipBit(previous, 3) }));
export const attestationWithheld = newest(() => null);
/** The newest attestation is what it was at this height. */
export const olderAttestation = (number: bigint): Lie => ({
  ...newest(),
  instead: () => [numberToHex(number)],
});
