import { type Address, type Hex, hashTypedData } from 'viem';
import { address, hex, integer, list, object, type Parser, uint } from './parse.ts';

/** What a committee member signs about one execution block (wire.md §2). */
export interface Attestation {
  executionChainId: bigint;
  epoch: bigint;
  committeeHash: Hex;
  blockNumber: bigint;
  blockHash: Hex;
  outputRoot: Hex;
  /** keccak of the block's data bundle; also the commitment by which the data is asked for. */
  dataHash: Hex;
  /** Bytes of the bundle. */
  dataLength: bigint;
  /** Seconds since 1970; refused from this second on. */
  expiry: bigint;
  /** Digest of the attestation before this one; zero for the first. */
  previous: Hex;
}

/** An attestation with the aggregate BLS signature of those whose bits are set. */
export interface SignedAttestation {
  attestation: Attestation;
  /** ceil(n/8) bytes; member i is bit i & 7 of byte i >> 3, least significant bit first. */
  bitmap: Hex;
  /** Aggregate signature in G1, 48 bytes compressed. */
  signature: Hex;
}

/** Where an attestation counts: both are inside the digest, so nothing replays elsewhere. */
export interface AttestationDomain {
  mainchainId: number;
  anchorRegistry: Address;
}

/** BLS ciphersuite of member signatures: G1, proof of possession. */
export const ATTESTATION_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
/** BLS ciphersuite of proofs of possession themselves (the signed message is the 96-byte public key). */
export const POSSESSION_DST = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';

export const ATTESTATION_TYPES = {
  Attestation: [
    { name: 'executionChainId', type: 'uint256' },
    { name: 'epoch', type: 'uint64' },
    { name: 'committeeHash', type: 'bytes32' },
    { name: 'blockNumber', type: 'uint64' },
    { name: 'blockHash', type: 'bytes32' },
    { name: 'outputRoot', type: 'bytes32' },
    { name: 'dataHash', type: 'bytes32' },
    { name: 'dataLength', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
    { name: 'previous', type: 'bytes32' },
  ],
} as const;

/** The 32-byte EIP-712 digest that members sign. */
export function attestationDigest(domain: AttestationDomain, attestation: Attestation): Hex {
  return hashTypedData({
    domain: {
      name: 'HSK DAC',
      version: '1',
      chainId: domain.mainchainId,
      verifyingContract: domain.anchorRegistry,
    },
    types: ATTESTATION_TYPES,
    primaryType: 'Attestation',
    message: attestation,
  });
}

/** JSON form: integers as decimal strings, bytes as hex. */
export const parseSignedAttestation: Parser<SignedAttestation> = object<SignedAttestation>({
  attestation: object<Attestation>({
    executionChainId: uint,
    epoch: uint,
    committeeHash: hex(32),
    blockNumber: uint,
    blockHash: hex(32),
    outputRoot: hex(32),
    dataHash: hex(32),
    dataLength: uint,
    expiry: uint,
    previous: hex(32),
  }),
  bitmap: hex(),
  signature: hex(48),
});

/** The committee of one epoch. Keys are 96-byte compressed points of G2, in member order. */
export interface Committee {
  epoch: bigint;
  threshold: number;
  keys: Hex[];
}

export const parseCommittee: Parser<Committee> = object<Committee>({
  epoch: uint,
  threshold: integer,
  keys: list(hex(96), 256),
});

export const parseAttestationDomain: Parser<AttestationDomain> = object<AttestationDomain>({
  mainchainId: integer,
  anchorRegistry: address,
});
