import type { Hex } from 'viem';
import { type BeaconConfig, presetOf } from '../protocol/beacon-config.ts';
import {
  type LightClientHeader,
  parseLightClientHeader,
  verifyLightClientHeader,
} from '../protocol/beacon-header.ts';
import { bigintToString } from '../protocol/evidence.ts';
import { integer, object, optional } from '../protocol/parse.ts';
import { parseSyncCommittee, PreparedSyncCommittee, type SyncCommittee } from '../protocol/sync-committee.ts';
import type { SyncStore } from '../protocol/sync-protocol.ts';
import { parseSyncUpdate, type SyncUpdate } from '../protocol/sync-update.ts';
import type { Store } from './store.ts';

/** The sync store of an earlier visit, and the update that finalised its header: evidence begins at the checkpoint and ends there. */
export interface SavedSync {
  store: SyncStore;
  finality: SyncUpdate | undefined;
}

interface Record {
  finalized: LightClientHeader;
  optimistic: LightClientHeader;
  current: SyncCommittee;
  next: SyncCommittee | undefined;
  previousMaxParticipants: number;
  currentMaxParticipants: number;
  finality: SyncUpdate | undefined;
}

const parseRecord = object<Record>({
  finalized: parseLightClientHeader,
  optimistic: parseLightClientHeader,
  current: parseSyncCommittee,
  next: optional(parseSyncCommittee),
  previousMaxParticipants: integer,
  currentMaxParticipants: integer,
  finality: optional(parseSyncUpdate),
});

/** A record that does not parse or hang together is as good as absent. */
export async function loadSync(
  store: Store,
  digest: Hex,
  config: BeaconConfig,
): Promise<SavedSync | undefined> {
  try {
    const { current, next, finality, ...rest } = parseRecord(
      await store.get('heads', digest, 'ethereum'),
      'saved',
    );
    verifyLightClientHeader(config, rest.finalized);
    const { committeeSize } = presetOf(config);
    return {
      store: {
        ...rest,
        current: new PreparedSyncCommittee(current, committeeSize),
        next: next && new PreparedSyncCommittee(next, committeeSize),
      },
      finality,
    };
  } catch {
    return undefined;
  }
}

export async function saveSync(
  store: Store,
  digest: Hex,
  { store: sync, finality }: SavedSync,
): Promise<void> {
  const record: Record = {
    ...sync,
    current: sync.current.committee,
    next: sync.next?.committee,
    finality,
  };
  await store.put('heads', digest, 'ethereum', JSON.parse(JSON.stringify(record, bigintToString)));
}
