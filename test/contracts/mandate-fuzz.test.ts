import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzMandates } from '../fuzz/mandates.ts';

test('a random life of mandates is as foretold; `npm run fuzz mandates` tries as many as asked for', async () => {
  const counts = await fuzzMandates({ runs: 1, seed: 3 }, 120);
  for (const what of ['grant', 'grant, refused', 'renewal', 'payment', 'payment, refused', 'revocation'])
    assert.ok((counts.get(what) ?? 0) > 0, what);
});
