import type { Hex } from 'viem';
import {
  type Attestation,
  type Committee,
  parseCommittee,
  parseSignedAttestation,
  type SignedAttestation,
} from './attestation.ts';
import { bigintToString, type MainchainEvidence, parseMainchain } from './evidence.ts';
import { hex, list, object, oneOf, optional, type Parser } from './parse.ts';

/** What those who sign must never sign together, as one JSON document that anybody verifies offline. */
export type Misbehaviour = {
  version: 1;
  profileDigest: Hex;
} & (ConflictingHeaders | ConflictingAttestations | ConflictingAnchor);

/** Two sealed mainchain headers that cannot stand on one chain: of one height, or the second right above another. RLP. */
export interface ConflictingHeaders {
  misbehaviour: 'headers';
  /** Sealed headers by which the skip rule goes up from the profile's checkpoint; the last set is the one that sealed both. */
  path: Hex[];
  first: Hex;
  second: Hex;
}

/** Two attestations that cannot stand on one chain. */
export interface ConflictingAttestations {
  misbehaviour: 'attestations';
  lower: SignedAttestation;
  /** Of the same height, or above. */
  higher: SignedAttestation;
  /** Execution headers (RLP), ascending: from the one above `lower` to that of `higher`; none at the same height. */
  headers: Hex[];
  committee: Committee;
  /** What proves a committee of a later epoch than the profile's. */
  mainchain?: MainchainEvidence | undefined;
}

/** An attestation, and the mainchain's entry for the same block that says otherwise. */
export interface ConflictingAnchor {
  misbehaviour: 'anchor';
  signed: SignedAttestation;
  committee: Committee;
  /** With the entry; its `messagePasserStorageRoot` is of no account here. */
  mainchain: MainchainEvidence;
}

/** Whether a parsed JSON file is such a document, and not evidence of an answer. */
export function isMisbehaviour(json: unknown): boolean {
  return typeof json === 'object' && json !== null && Object.hasOwn(json, 'misbehaviour');
}

const headers = list(hex(), 10_000);
const shared = { version: oneOf(1), profileDigest: hex(32) };
const KINDS: Record<Misbehaviour['misbehaviour'], Parser<Misbehaviour>> = {
  headers: object<Misbehaviour & ConflictingHeaders>({
    ...shared,
    misbehaviour: oneOf('headers'),
    path: headers,
    first: hex(),
    second: hex(),
  }),
  attestations: object<Misbehaviour & ConflictingAttestations>({
    ...shared,
    misbehaviour: oneOf('attestations'),
    lower: parseSignedAttestation,
    higher: parseSignedAttestation,
    headers,
    committee: parseCommittee,
    mainchain: optional(parseMainchain),
  }),
  anchor: object<Misbehaviour & ConflictingAnchor>({
    ...shared,
    misbehaviour: oneOf('anchor'),
    signed: parseSignedAttestation,
    committee: parseCommittee,
    mainchain: parseMainchain,
  }),
};
const parseKind = object<Pick<Misbehaviour, 'misbehaviour'>>({
  misbehaviour: oneOf('headers', 'attestations', 'anchor'),
});

/** @throws `PARSE_INVALID` naming the field */
export function parseMisbehaviour(json: unknown): Misbehaviour {
  return KINDS[parseKind(json, 'document').misbehaviour](json, 'document');
}

export function serializeMisbehaviour(document: Misbehaviour): string {
  return `${JSON.stringify(document, bigintToString, 2)}\n`;
}

/** The fields in which two attestations or proposals for one block differ. The same block in a later epoch differs in none. */
export function contradictions(first: Attestation, second: Attestation): string[] {
  const fields = ['blockHash', 'outputRoot', 'dataHash', 'dataLength', 'expiry', 'previous'] as const;
  return fields.filter((field) => first[field] !== second[field]);
}
