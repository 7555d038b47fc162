import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FixedSum, FixedSums } from '../../src/identity/groth16/groth16.ts';
import { KnownSums } from '../../src/identity/known-sums.ts';
import { requestFor } from '../circuits/circuit-fixture.ts';

const request = requestFor();
const sum = (): FixedSum => ({
  values: new Uint8Array([1, 2, 3]),
  sums: { A: new Uint8Array(), B1: new Uint8Array(), B2: new Uint8Array(), C: new Uint8Array() },
});
const fixed = (): Required<FixedSums> => ({ credential: sum(), token: sum() });

test('finds by what fixes the sums, whatever the wallet and the day', async () => {
  const known = new KnownSums();
  const kept = fixed();
  await known.keeper(request)(kept);
  const another = { ...request, binding: 1n, today: 20300101 };
  assert.deepEqual(await known.find(another), kept);
  const token = await known.find({ ...request, scope: 1n });
  assert.deepEqual([token.credential, token.token], [kept.credential, undefined]);
  for (const other of [
    { ...request, secret: 1n },
    { ...request, children: [] },
    { ...request, credential: { ...request.credential, index: 5 } },
  ])
    assert.deepEqual(await known.find(other), { credential: undefined, token: undefined });
});

test('keeps so many, and forgets the oldest', async () => {
  const known = new KnownSums();
  for (let secret = 0n; secret < 5n; secret++) await known.keeper({ ...request, secret })(fixed());
  assert.equal((await known.find({ ...request, secret: 0n })).credential, undefined);
  assert.ok((await known.find({ ...request, secret: 1n })).credential);
});

test('forgets all, and what was begun before', async () => {
  const known = new KnownSums();
  const kept = fixed();
  const late = known.keeper(request);
  await known.keeper(request)(kept);
  known.forget();
  assert.deepEqual(kept.credential!.values, new Uint8Array(3), 'the values are erased');
  await late(fixed());
  assert.deepEqual(await known.find(request), { credential: undefined, token: undefined });
});
