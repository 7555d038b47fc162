import { periodOf, slotAt, slotTime } from '../protocol/beacon-config.ts';
import { HskError } from '../protocol/errors.ts';
import type { EthereumRoot } from '../protocol/ethereum-root.ts';
import { bootstrapStore, processUpdate, type SyncStore } from '../protocol/sync-protocol.ts';
import type { SyncUpdate } from '../protocol/sync-update.ts';
import type { Beacon } from './beacon.ts';
import { insist } from './transport.ts';

/** Updates asked for at once; each shows 512 keys. */
const BATCH = 16;

/**
 * The store at the profile's checkpoint.
 *
 * @throws `CHECKPOINT_OLD` beyond the age at which validators that have left could have signed another history;
 *   the codes of `bootstrapStore`
 */
export async function startSync(root: EthereumRoot, beacon: Beacon, now: bigint): Promise<SyncStore> {
  const { beacon: config, checkpoint } = root;
  const store = await insist(beacon, async () =>
    bootstrapStore(config, checkpoint.root, await beacon.bootstrap(checkpoint.root)),
  );
  checkAge(root, store, now);
  return store;
}

/** @throws `CHECKPOINT_OLD` */
export function checkAge({ beacon, checkpoint }: EthereumRoot, { finalized }: SyncStore, now: bigint): void {
  const age = now - slotTime(beacon, finalized.beacon.slot);
  if (age <= BigInt(checkpoint.maxAge)) return;
  throw new HskError('CHECKPOINT_OLD', 'The checkpoint of the chain profile is too old to be trusted', {
    details: `slot ${finalized.beacon.slot} is ${age / 86_400n} days old, ${checkpoint.maxAge / 86_400} are allowed`,
    action:
      'Put the root of a recently finalised beacon block into the profile, compared between two sources that do not depend on each other, and sign the profile off again.',
  });
}

/** A store after a step, and the update that finalised its newest header where one did in this step. */
export interface SyncStep {
  store: SyncStore;
  finality?: SyncUpdate;
}

/**
 * One step: the committees of the periods in between, then the newest finality update.
 *
 * @param askCommittee also ask for the next committee of the period that is not over yet
 * @throws `SYNC_BEHIND` when the endpoint has no update that leads to the present period, the codes of `processUpdate`
 */
export async function stepSync(
  root: EthereumRoot,
  beacon: Beacon,
  before: SyncStore,
  now: bigint,
  askCommittee: boolean,
): Promise<SyncStep> {
  const config = root.beacon;
  const slot = slotAt(config, now);
  const present = periodOf(config, slot);
  let step: SyncStep = { store: before };
  const take = (update: SyncUpdate): void => {
    const { store } = step;
    // An update the client already has is no news and no lie; a newer one is judged in full.
    const teaches = !store.next && update.nextSyncCommittee !== undefined;
    if (update.attestedHeader.beacon.slot <= store.finalized.beacon.slot && !teaches) return;
    const after = processUpdate(config, store, update, slot);
    step = { ...step, store: after, ...(after.finalized !== store.finalized && { finality: update }) };
  };
  const reached = () => periodOf(config, step.store.finalized.beacon.slot);

  /** The last period whose signatures can be judged. */
  const known = () => reached() + (step.store.next ? 1 : 0);

  const enough = () => known() >= present && (step.store.next !== undefined || !askCommittee);

  while (!enough()) {
    const { store } = step;
    const from = reached();
    const count = Math.min(BATCH, present - from + 1);
    for (const update of await beacon.updates(from, count)) take(update);
    if (step.store.next === store.next && step.store.finalized === store.finalized) break;
  }
  const latest = await beacon.finality();
  if (periodOf(config, latest.signatureSlot) > known())
    throw new HskError('SYNC_BEHIND', 'The beacon endpoint does not show the sync committees up to now', {
      details: `known up to period ${known()}, the present one is ${present}`,
      action: 'Ask another beacon endpoint, or take a newer checkpoint.',
    });
  take(latest);
  return step;
}
