import type { Hex } from 'viem';
import { type LightClientHeader, parseBranch, parseLightClientHeader, slotNumber } from './beacon-header.ts';
import { invalid, object, optional, type Parser } from './parse.ts';
import {
  parseSyncAggregate,
  parseSyncCommittee,
  type SyncAggregate,
  type SyncCommittee,
} from './sync-committee.ts';

/** `LightClientBootstrap`: the committee at a header whose root is trusted. */
export interface SyncBootstrap {
  header: LightClientHeader;
  currentSyncCommittee: SyncCommittee;
  currentSyncCommitteeBranch: Hex[];
}

/**
 * `LightClientUpdate`, and the finality and optimistic updates, which leave out what they do not carry: the
 * next committee, the finalised header.
 */
export interface SyncUpdate {
  attestedHeader: LightClientHeader;
  nextSyncCommittee?: SyncCommittee | undefined;
  nextSyncCommitteeBranch?: Hex[] | undefined;
  finalizedHeader?: LightClientHeader | undefined;
  finalityBranch?: Hex[] | undefined;
  syncAggregate: SyncAggregate;
  signatureSlot: number;
}

export const parseBootstrap: Parser<SyncBootstrap> = object<SyncBootstrap>({
  header: parseLightClientHeader,
  currentSyncCommittee: parseSyncCommittee,
  currentSyncCommitteeBranch: parseBranch,
});

export const parseSyncUpdate: Parser<SyncUpdate> = object<SyncUpdate>({
  attestedHeader: parseLightClientHeader,
  nextSyncCommittee: optional(parseSyncCommittee),
  nextSyncCommitteeBranch: optional(parseBranch),
  finalizedHeader: optional(parseLightClientHeader),
  finalityBranch: optional(parseBranch),
  syncAggregate: parseSyncAggregate,
  signatureSlot: slotNumber,
});

/** Deeper than anything of the light-client API. */
const DEEPEST = 8;

/** The beacon API's JSON (`snake_case`) with our names, as the parsers above read it. */
export function fromBeaconJson(json: unknown, depth = 0): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth > DEEPEST) throw invalid('answer', 'of the light-client API', 'nested too deeply');
  if (Array.isArray(json)) return json.map((entry) => fromBeaconJson(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
      fromBeaconJson(value, depth + 1),
    ]),
  );
}
