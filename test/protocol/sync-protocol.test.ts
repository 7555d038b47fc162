import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesToHex, type Hex } from 'viem';
import {
  atLeastFork,
  type BeaconConfig,
  forkAt,
  periodOf,
  presetOf,
} from '../../src/protocol/beacon-config.ts';
import { beaconRoot, executionRoot, type LightClientHeader } from '../../src/protocol/beacon-header.ts';
import { decodeG1 } from '../../src/protocol/bls.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { PreparedSyncCommittee } from '../../src/protocol/sync-committee.ts';
import { bootstrapStore, processUpdate, type SyncStore } from '../../src/protocol/sync-protocol.ts';
import {
  fromBeaconJson,
  parseBootstrap,
  parseSyncUpdate,
  type SyncUpdate,
} from '../../src/protocol/sync-update.ts';
import { type HeaderCheck, scenario } from './consensus-vectors.ts';
import { MAINNET } from './mainnet-config.ts';
import { flipBit, seededRandom, vector } from './vectors.ts';

const SCENARIOS = [
  'light_client_sync',
  'supply_sync_committee_from_past_update',
  'advance_finality_without_sync_committee',
];

describe('the consensus specification’s scenarios', () => {
  for (const name of SCENARIOS)
    it(`${name}: every step leaves the expected store`, () => {
      const { config, trustedRoot, bootstrap, steps, update } = scenario(name);
      let store = bootstrapStore(config, trustedRoot, bootstrap);
      let best: SyncUpdate | undefined;
      assert.ok(steps.length > 0);
      for (const [index, step] of steps.entries()) {
        const where = `${name}, step ${index}`;
        if (step.kind === 'process_update') {
          const next = update(step.update!);
          const after = processUpdate(config, store, next, step.currentSlot);
          if (!best || isBetter(config, next, best)) best = next;
          if (after.finalized !== store.finalized || after.next !== store.next) best = undefined;
          store = after;
        } else {
          // Our own rule takes nothing final that two thirds did not sign, after any time.
          assert.deepEqual(withoutForce(config, store, best, step.currentSlot), store.finalized, where);
          store = forceUpdate(config, store, best, step.currentSlot);
          best = undefined;
        }
        check(config, store.finalized, step.checks.finalized, `${where}, finalised`);
        check(config, store.optimistic, step.checks.optimistic, `${where}, optimistic`);
      }
    });
});

function check(config: BeaconConfig, header: LightClientHeader, expected: HeaderCheck, where: string): void {
  const deneb = atLeastFork(forkAt(config, header.beacon.slot).name, 'deneb');
  assert.deepEqual(
    {
      slot: header.beacon.slot,
      beaconRoot: beaconRoot(header.beacon),
      executionRoot: executionRoot(header.execution!, deneb),
    },
    expected,
    where,
  );
}

/** What our rule makes of the update that the specification would force. */
function withoutForce(
  config: BeaconConfig,
  store: SyncStore,
  best: SyncUpdate | undefined,
  currentSlot: number,
): LightClientHeader {
  if (!best) return store.finalized;
  try {
    return processUpdate(config, store, best, currentSlot).finalized;
  } catch (error) {
    assert.ok(error instanceof HskError);
    return store.finalized;
  }
}

/** `process_light_client_store_force_update`: only the scenarios know it. */
function forceUpdate(
  config: BeaconConfig,
  store: SyncStore,
  best: SyncUpdate | undefined,
  currentSlot: number,
): SyncStore {
  const { slotsPerEpoch, epochsPerPeriod, committeeSize } = presetOf(config);
  if (!best || currentSlot <= store.finalized.beacon.slot + slotsPerEpoch * epochsPerPeriod) return store;
  const { finalizedHeader, attestedHeader, nextSyncCommittee } = best;
  const newer = finalizedHeader && finalizedHeader.beacon.slot > store.finalized.beacon.slot;
  const finalized = newer ? finalizedHeader : attestedHeader;
  const next = nextSyncCommittee && new PreparedSyncCommittee(nextSyncCommittee, committeeSize);
  const after = { ...store };
  const storePeriod = periodOf(config, store.finalized.beacon.slot);
  const period = periodOf(config, finalized.beacon.slot);
  if (!store.next) {
    assert.equal(period, storePeriod);
    after.next = next;
  } else if (period === storePeriod + 1) {
    after.current = store.next;
    after.next = next;
    after.previousMaxParticipants = store.currentMaxParticipants;
    after.currentMaxParticipants = 0;
  }
  if (finalized.beacon.slot > store.finalized.beacon.slot) {
    after.finalized = finalized;
    if (finalized.beacon.slot > store.optimistic.beacon.slot) after.optimistic = finalized;
  }
  return after;
}

/** `is_better_update`. */
function isBetter(config: BeaconConfig, one: SyncUpdate, other: SyncUpdate): boolean {
  const { committeeSize } = presetOf(config);
  const facts = (update: SyncUpdate) => {
    const signers = popcount(update.syncAggregate.syncCommitteeBits);
    const attested = periodOf(config, update.attestedHeader.beacon.slot);
    return {
      signers,
      supermajority: signers * 3 >= committeeSize * 2,
      committee:
        update.nextSyncCommittee !== undefined && attested === periodOf(config, update.signatureSlot),
      finality: update.finalizedHeader !== undefined,
      committeeFinality:
        update.finalizedHeader !== undefined &&
        periodOf(config, update.finalizedHeader.beacon.slot) === attested,
    };
  };
  const [a, b] = [facts(one), facts(other)];
  if (a.supermajority !== b.supermajority) return a.supermajority;
  if (!a.supermajority && a.signers !== b.signers) return a.signers > b.signers;
  if (a.committee !== b.committee) return a.committee;
  if (a.finality !== b.finality) return a.finality;
  if (a.finality && a.committeeFinality !== b.committeeFinality) return a.committeeFinality;
  if (a.signers !== b.signers) return a.signers > b.signers;
  const [slotA, slotB] = [one.attestedHeader.beacon.slot, other.attestedHeader.beacon.slot];
  return slotA === slotB ? one.signatureSlot < other.signatureSlot : slotA < slotB;
}

/** The long way: decodes every key. */
function aggregateG1(keys: readonly Hex[]): Hex {
  const total = keys.map(decodeG1).reduce((sum, point) => sum.add(point));
  return bytesToHex(total.toBytes(true));
}

function popcount(bits: Hex): number {
  return [...BigInt(bits).toString(2)].filter((bit) => bit === '1').length;
}

describe('mainnet’s sync committees (Capella)', () => {
  const file = (name: string) => vector<unknown>(`sync-committee/mainnet-capella/${name}.json`);
  const dataOf = (json: unknown) => fromBeaconJson((json as { data: unknown }).data);
  const bootstrap = parseBootstrap(dataOf(file('bootstrap')), 'bootstrap');
  const updates = (file('updates') as unknown[]).map((entry) => parseSyncUpdate(dataOf(entry), 'update'));
  const finality = parseSyncUpdate(dataOf(file('finality')), 'finality');
  const optimistic = parseSyncUpdate(dataOf(file('optimistic')), 'optimistic');
  const trusted = beaconRoot(bootstrap.header.beacon);
  const now = optimistic.signatureSlot + 10;
  const first = bootstrapStore(MAINNET, trusted, bootstrap);

  it('bootstrap, every update, finality and optimistic update verify', () => {
    assert.equal(updates.length, 6);
    let store = first;
    let applied = 0;
    const refused: string[] = [];
    for (const update of [...updates, finality, optimistic]) {
      try {
        store = processUpdate(MAINNET, store, update, now);
        applied++;
      } catch (error) {
        refused.push((error as HskError).code);
      }
    }
    assert.deepEqual(refused, []);
    assert.equal(applied, 8);
    assert.equal(store.finalized.beacon.slot, finality.finalizedHeader!.beacon.slot);
    assert.equal(store.optimistic.beacon.slot, optimistic.attestedHeader.beacon.slot);
    assert.equal(store.finalized.execution?.blockNumber, 17923026n);
  });

  /** Every value of a document with one bit flipped, of the 512 keys three. */
  function* flips<T extends object>(document: T, random: (below: number) => number): Generator<[string, T]> {
    for (const path of leaves(document)) {
      const bent = structuredClone(document);
      let at = bent as unknown as Record<string, unknown>;
      for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
      const key = path.at(-1)!;
      const value = at[key];
      if (typeof value === 'string') at[key] = flipBit(value as Hex, random((value.length - 2) * 4));
      else if (typeof value === 'bigint') at[key] = value ^ (1n << BigInt(random(40)));
      // No signature covers its own slot; only its order, its period and its fork count.
      else at[key] = (value as number) ^ (key === 'signatureSlot' ? 2 ** 22 : 2 ** random(20));
      yield [path.join('.'), bent];
    }
  }

  function leaves(value: unknown, path: string[] = []): string[][] {
    if (value === undefined) return [];
    if (typeof value !== 'object' || value === null) return [path];
    const entries = Object.entries(value);
    const sampled = entries.length > 100 ? [0, 200, 511].map((index) => entries[index]!) : entries;
    return sampled.flatMap(([key, entry]) => leaves(entry, [...path, key]));
  }

  it('one flipped bit anywhere is refused', () => {
    const random = seededRandom(4);
    let count = 0;
    const refused = (what: string, run: () => unknown) => {
      assert.throws(run, (error) => error instanceof HskError, `${what} was accepted`);
      count++;
    };
    for (const [path, bent] of flips(bootstrap, random))
      refused(`bootstrap.${path}`, () => bootstrapStore(MAINNET, trusted, bent));
    let store = first;
    for (const [index, update] of [...updates, finality, optimistic].entries()) {
      for (const [path, bent] of flips(update, random))
        refused(`update ${index} ${path}`, () => processUpdate(MAINNET, store, bent, now));
      store = processUpdate(MAINNET, store, update, now);
    }
    assert.ok(count > 400, `${count} bits`);
  });

  it('a committee’s root and its sum are those that the chain computed', () => {
    const { pubkeys, aggregatePubkey } = bootstrap.currentSyncCommittee;
    const sum = aggregateG1(pubkeys.slice(0, 512));
    assert.equal(sum, aggregatePubkey);
  });
});
