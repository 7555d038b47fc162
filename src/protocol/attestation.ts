import type { Address, Hex } from 'viem';
import { concat, keccak256, numberToHex, pad, size, stringToHex } from './hex.ts';
import { address, hex, integer, invalid, list, object, oneOf, optional, type Parser, uint } from './parse.ts';

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

/** An attestation with the signature of those whose bits are set. */
export interface SignedAttestation {
  attestation: Attestation;
  /** ceil(n/8) bytes; member i is bit i & 7 of byte i >> 3, least significant bit first. */
  bitmap: Hex;
  /** BLS: the aggregate in G1, 48 bytes compressed. ECDSA: 65 bytes (r ‖ s ‖ v) each, sorted by address. */
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

const ATTESTATION_TYPE =
  'Attestation(uint256 executionChainId,uint64 epoch,bytes32 committeeHash,uint64 blockNumber,bytes32 blockHash,bytes32 outputRoot,bytes32 dataHash,uint64 dataLength,uint64 expiry,bytes32 previous)';
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';

const hashText = (words: string) => keccak256(stringToHex(words));
/** An unsigned integer of so many bytes as a word; one that does not fit throws. */
const word = (value: bigint | number, bytes: number) =>
  pad(numberToHex(value, { size: bytes }), { size: 32 });
/** `value` as a word, if it is `length` bytes long. */
function bytesWord(value: Hex, length: number): Hex {
  return pad(hex(length)(value, 'attestation'), { size: 32 });
}

/**
 * The 32-byte EIP-712 digest that members sign. Written out, because every field is one word and a general
 * encoder outweighs the rest of the light client's formats.
 */
export function attestationDigest(domain: AttestationDomain, attestation: Attestation): Hex {
  const separator = keccak256(
    concat([
      hashText(DOMAIN_TYPE),
      hashText('HSK DAC'),
      hashText('1'),
      word(domain.mainchainId, 32),
      bytesWord(domain.anchorRegistry, 20),
    ]),
  );
  const struct = keccak256(
    concat([
      hashText(ATTESTATION_TYPE),
      word(attestation.executionChainId, 32),
      word(attestation.epoch, 8),
      bytesWord(attestation.committeeHash, 32),
      word(attestation.blockNumber, 8),
      bytesWord(attestation.blockHash, 32),
      bytesWord(attestation.outputRoot, 32),
      bytesWord(attestation.dataHash, 32),
      word(attestation.dataLength, 8),
      word(attestation.expiry, 8),
      bytesWord(attestation.previous, 32),
    ]),
  );
  return keccak256(concat(['0x1901', separator, struct]));
}

/** JSON form: integers as decimal strings, bytes as hex. */
export const parseAttestation: Parser<Attestation> = object<Attestation>({
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
});

const MAX_MEMBERS = 256;

/** One member's signature or that of all, by either scheme. */
export const parseSignature: Parser<Hex> = (value, path) => {
  const bytes = hex()(value, path);
  const length = size(bytes);
  if (length !== 48 && (length === 0 || length % 65 !== 0 || length > 65 * MAX_MEMBERS))
    throw invalid(path, 'a signature of 48 bytes, or of 65 for each signer', value);
  return bytes;
};

/** As `parseAttestation`, with the signature. */
export const parseSignedAttestation: Parser<SignedAttestation> = object<SignedAttestation>({
  attestation: parseAttestation,
  bitmap: hex(),
  signature: parseSignature,
});

/** The committee of one epoch. */
export interface Committee {
  /** How members sign (wire.md §2); absent: BLS. */
  scheme?: 'ecdsa' | undefined;
  epoch: bigint;
  threshold: number;
  /** In member order. BLS: compressed points of G2, 96 bytes. ECDSA: addresses, ascending. */
  keys: Hex[];
}

const parseScheme = object<{ scheme: 'bls' | 'ecdsa' | undefined }>({
  scheme: optional(oneOf('bls', 'ecdsa')),
});

/** `scheme` is `ecdsa`, or `bls` or absent. */
export const parseCommittee: Parser<Committee> = (value, path) => {
  const { scheme } = parseScheme(value, path);
  const terms = object<Omit<Committee, 'scheme'>>({
    epoch: uint,
    threshold: integer,
    keys: list(hex(scheme === 'ecdsa' ? 20 : 96), MAX_MEMBERS),
  })(value, path);
  return scheme === 'ecdsa' ? { scheme, ...terms } : terms;
};

export const parseAttestationDomain: Parser<AttestationDomain> = object<AttestationDomain>({
  mainchainId: integer,
  anchorRegistry: address,
});
