import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzVault } from '../fuzz/vault.ts';

test('a random life of the bridge keeps every invariant; `npm run fuzz vault` tries as many as asked for', async () => {
  const counts = await fuzzVault({ runs: 1, seed: 3 }, 90);
  // What a run is made of did happen; otherwise it would have proven nothing.
  for (const what of ['payment', 'payment, refused', 'proof of withdrawal', 'reorganisation'])
    assert.ok((counts.get(what) ?? 0) > 0, what);
  const bent = [...counts].filter(([what]) => what.startsWith('bent')).map(([, times]) => times);
  assert.ok(bent.reduce((sum, times) => sum + times, 0) > 5);
});
