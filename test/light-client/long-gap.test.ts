import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stepMainchain } from '../../src/light-client/follow-mainchain.ts';
import { LinkedHeaders } from '../../src/light-client/linked-headers.ts';
import { qbftBlockHash } from '../../src/protocol/qbft.ts';
import { LongMainchain } from '../bench/long-mainchain.ts';

/** Headers that are fetched below every new head, whatever the gap: what finality needs and sixteen more. */
const LINKED = 18;

async function requestsFor(chain: LongMainchain): Promise<{ requests: number; changes: number }> {
  const headers = new LinkedHeaders(chain, qbftBlockHash, 512);
  const view = await stepMainchain(chain.checkpoint(), chain, headers, 2);
  assert.equal(view.number, BigInt(chain.length));
  return { requests: chain.requests, changes: view.path.length };
}

describe('ten thousand skipped headers', () => {
  it('cost one header while more than a third of those who are trusted still seal', async () => {
    for (const length of [100, 10_000]) {
      const { requests, changes } = await requestsFor(new LongMainchain(length, 20_000));
      assert.deepEqual([requests, changes], [1 + LINKED, 0]);
    }
  });

  it('cost a logarithm of the gap for each change of the validator set, not the gap', async () => {
    const two = await requestsFor(new LongMainchain(10_000, 5000));
    const five = await requestsFor(new LongMainchain(10_000, 2000));
    assert.ok(two.changes >= 2 && two.requests <= LINKED + 1 + 2 * Math.log2(10_000), JSON.stringify(two));
    assert.ok(five.changes >= 5 && five.requests <= LINKED + 1 + 5 * Math.log2(10_000), JSON.stringify(five));
    assert.ok(five.requests > two.requests);
  });
});
