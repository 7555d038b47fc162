import type { Hex } from 'viem';
import {
  type BeaconConfig,
  forkAt,
  periodOf,
  presetOf,
  stateIndices,
  syncSigningRoot,
} from './beacon-config.ts';
import { beaconRoot, type LightClientHeader, verifyLightClientHeader } from './beacon-header.ts';
import { HskError } from './errors.ts';
import { verifyBranch } from './ssz.ts';
import { PreparedSyncCommittee, type SyncCommittee } from './sync-committee.ts';
import type { SyncBootstrap, SyncUpdate } from './sync-update.ts';

/**
 * `LightClientStore` of the consensus specification without its best valid update: that one exists only to be
 * forced, and this client never takes a header that less than two thirds signed for final, however long it waits.
 */
export interface SyncStore {
  finalized: LightClientHeader;
  /** The newest that more than half of the recent participation signed; not final. */
  optimistic: LightClientHeader;
  /** Of the finalised header's period. */
  current: PreparedSyncCommittee;
  /** Of the period after, once an update has proven it. */
  next?: PreparedSyncCommittee | undefined;
  /** Most signers seen in the period before, and in this one: the safety threshold of the optimistic header. */
  previousMaxParticipants: number;
  currentMaxParticipants: number;
}

const MIN_PARTICIPANTS = 1;

/**
 * The store that follows from a trusted header's root (`initialize_light_client_store`).
 *
 * @throws `SYNC_BOOTSTRAP_ROOT` when it is about another header, and the codes of the header and its branches
 */
export function bootstrapStore(config: BeaconConfig, trustedRoot: Hex, bootstrap: SyncBootstrap): SyncStore {
  const { header, currentSyncCommittee, currentSyncCommitteeBranch } = bootstrap;
  const root = beaconRoot(header.beacon);
  if (root !== trustedRoot.toLowerCase())
    throw new HskError('SYNC_BOOTSTRAP_ROOT', 'The bootstrap is not of the checkpoint', {
      details: `${root}, the checkpoint is ${trustedRoot}`,
      action: 'Ask another beacon endpoint.',
    });
  verifyLightClientHeader(config, header);
  const current = prepare(config, currentSyncCommittee);
  const { name } = forkAt(config, header.beacon.slot);
  verifyBranch({
    leaf: current.root,
    branch: currentSyncCommitteeBranch,
    gindex: stateIndices(name).current,
    root: header.beacon.stateRoot,
    what: 'current sync committee',
  });
  return {
    finalized: header,
    optimistic: header,
    current,
    previousMaxParticipants: 0,
    currentMaxParticipants: 0,
  };
}

/**
 * The store after one update (`process_light_client_update`): its rules of slots and periods, its branches and
 * its aggregate signature decide. The same store object is never changed.
 *
 * @param currentSlot by the verifier's clock
 * @throws `SYNC_SLOTS`, `SYNC_PERIOD`, `SYNC_STALE` (nothing new in it), `SYNC_COMMITTEE_OTHER`, `SYNC_FINALITY`,
 *   `SYNC_PARTICIPATION`, `SYNC_SIGNATURE`, and the codes of headers, branches and points
 */
export function processUpdate(
  config: BeaconConfig,
  store: SyncStore,
  update: SyncUpdate,
  currentSlot: number,
): SyncStore {
  const { participants, nextCommittee } = validateUpdate(config, store, update, currentSlot);
  const after: SyncStore = {
    ...store,
    currentMaxParticipants: Math.max(store.currentMaxParticipants, participants),
  };
  const { attestedHeader, finalizedHeader } = update;
  const safety = Math.floor(Math.max(after.previousMaxParticipants, after.currentMaxParticipants) / 2);
  if (participants > safety && attestedHeader.beacon.slot > after.optimistic.beacon.slot)
    after.optimistic = attestedHeader;

  if (!finalizedHeader) return after;
  const finalizedSlot = finalizedHeader.beacon.slot;
  const provesNext =
    !store.next &&
    nextCommittee !== undefined &&
    periodOf(config, finalizedSlot) === periodOf(config, attestedHeader.beacon.slot);
  // Exactly two thirds carry; one less never does.
  if (participants * 3 < store.current.size * 2) return after;
  if (finalizedSlot <= store.finalized.beacon.slot && !provesNext) return after;
  return applyUpdate(config, after, finalizedHeader, nextCommittee);
}

/** `apply_light_client_update`: what two thirds signed becomes the store's. */
function applyUpdate(
  config: BeaconConfig,
  store: SyncStore,
  finalizedHeader: LightClientHeader,
  nextCommittee: PreparedSyncCommittee | undefined,
): SyncStore {
  const after = { ...store };
  const storePeriod = periodOf(config, store.finalized.beacon.slot);
  const finalizedPeriod = periodOf(config, finalizedHeader.beacon.slot);
  if (!store.next) {
    if (finalizedPeriod !== storePeriod)
      throw period(
        `finalised in ${finalizedPeriod}, the store is in ${storePeriod} and knows no later committee`,
      );
    after.next = nextCommittee;
  } else if (finalizedPeriod === storePeriod + 1) {
    after.current = store.next;
    after.next = nextCommittee;
    after.previousMaxParticipants = store.currentMaxParticipants;
    after.currentMaxParticipants = 0;
  }
  if (finalizedHeader.beacon.slot > store.finalized.beacon.slot) {
    after.finalized = finalizedHeader;
    if (finalizedHeader.beacon.slot > after.optimistic.beacon.slot) after.optimistic = finalizedHeader;
  }
  return after;
}

/** `validate_light_client_update`, cheap rules first. */
function validateUpdate(
  config: BeaconConfig,
  store: SyncStore,
  update: SyncUpdate,
  currentSlot: number,
): { participants: number; nextCommittee: PreparedSyncCommittee | undefined } {
  const { attestedHeader, finalizedHeader, signatureSlot, syncAggregate } = update;
  const attestedSlot = attestedHeader.beacon.slot;
  const finalizedSlot = finalizedHeader?.beacon.slot ?? 0;
  if (!(currentSlot >= signatureSlot && signatureSlot > attestedSlot && attestedSlot >= finalizedSlot))
    throw new HskError('SYNC_SLOTS', "The update's slots are not in order", {
      details: `now ${currentSlot}, signed ${signatureSlot}, attested ${attestedSlot}, finalised ${finalizedSlot}`,
      action: 'Check the device clock, or ask another beacon endpoint.',
    });
  const storePeriod = periodOf(config, store.finalized.beacon.slot);
  const signaturePeriod = periodOf(config, signatureSlot);
  if (signaturePeriod !== storePeriod && !(store.next && signaturePeriod === storePeriod + 1))
    throw period(`signed in ${signaturePeriod}, the store is in ${storePeriod}`);
  const signers = signaturePeriod === storePeriod ? store.current : store.next!;
  const participants = signers.participants(syncAggregate.syncCommitteeBits);
  if (participants.length < MIN_PARTICIPANTS)
    throw new HskError('SYNC_PARTICIPATION', 'No member of the sync committee signed the update');

  const attestedPeriod = periodOf(config, attestedSlot);
  const carriesNext = update.nextSyncCommittee !== undefined;
  const teachesNext = !store.next && carriesNext && attestedPeriod === storePeriod;
  if (attestedSlot <= store.finalized.beacon.slot && !teachesNext)
    throw new HskError('SYNC_STALE', 'The update says nothing new', {
      details: `attested ${attestedSlot}, finalised is ${store.finalized.beacon.slot}`,
    });

  verifyLightClientHeader(config, attestedHeader);
  const { stateRoot } = attestedHeader.beacon;
  const indices = stateIndices(forkAt(config, attestedSlot).name);
  if (finalizedHeader) {
    // The genesis header is proven by a zero root, and finalises nothing that a client could use.
    if (finalizedSlot === 0) throw finality('the finalised header is the genesis');
    verifyLightClientHeader(config, finalizedHeader);
    verifyBranch({
      leaf: beaconRoot(finalizedHeader.beacon),
      branch: update.finalityBranch ?? [],
      gindex: indices.finalized,
      root: stateRoot,
      what: 'finalised header',
    });
  } else if (update.finalityBranch) throw finality('a finality branch without a header');

  const nextCommittee = update.nextSyncCommittee && prepareKnown(config, store, update.nextSyncCommittee);
  if (nextCommittee) {
    if (attestedPeriod === storePeriod && store.next && store.next.root !== nextCommittee.root)
      throw new HskError(
        'SYNC_COMMITTEE_OTHER',
        'The update names another next committee than the one proven before',
        {
          details: `${nextCommittee.root}, known is ${store.next.root}`,
          action: 'Ask another beacon endpoint.',
        },
      );
    verifyBranch({
      leaf: nextCommittee.root,
      branch: update.nextSyncCommitteeBranch ?? [],
      gindex: indices.next,
      root: stateRoot,
      what: 'next sync committee',
    });
  } else if (update.nextSyncCommitteeBranch)
    throw new HskError('SYNC_COMMITTEE_OTHER', 'The update proves a next committee that it does not show');

  const signingRoot = syncSigningRoot(config, beaconRoot(attestedHeader.beacon), signatureSlot);
  if (!signers.isSignedBy(signingRoot, syncAggregate.syncCommitteeSignature, participants))
    throw new HskError(
      'SYNC_SIGNATURE',
      "The update was not signed by the sync committee's members it names",
      {
        details: `slot ${signatureSlot}, ${participants.length} of ${signers.size}`,
        action: 'Ask another beacon endpoint. If all fail, the profile may not know the newest fork.',
      },
    );
  return { participants: participants.length, nextCommittee };
}

function prepare(config: BeaconConfig, committee: SyncCommittee): PreparedSyncCommittee {
  return new PreparedSyncCommittee(committee, presetOf(config).committeeSize);
}

/** A committee that is already known keeps its decoded keys. */
function prepareKnown(
  config: BeaconConfig,
  { next }: SyncStore,
  committee: SyncCommittee,
): PreparedSyncCommittee {
  const prepared = prepare(config, committee);
  return next?.root === prepared.root ? next : prepared;
}

function period(details: string): HskError {
  return new HskError('SYNC_PERIOD', 'The update belongs to a period whose committee is not known', {
    details,
    action: 'Fetch the updates of the periods in between first.',
  });
}

function finality(details: string): HskError {
  return new HskError('SYNC_FINALITY', 'The update proves no finalised header', { details });
}
