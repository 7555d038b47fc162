import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeReplay, ReplayProgress, type ReplayState } from '../../src/node/chain/replay-progress.ts';

test('a replay tells once a second how far it is, and when it is over; a short one says nothing', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const told: ReplayState[] = [];
  const progress = new ReplayProgress(100, (state) => told.push(state));
  for (let block = 0; block < 100; block++) {
    now += 25;
    progress.block();
  }
  progress.end();
  assert.deepEqual(told, [
    { done: 40, total: 100, perSecond: 40 },
    { done: 80, total: 100, perSecond: 40 },
    { done: 100, total: 100, perSecond: 40 },
  ]);
  assert.deepEqual(told.map(describeReplay), [
    'executing the log again: block 40 of 100, 40 a second, about 2 s left',
    'executing the log again: block 80 of 100, 40 a second, about 1 s left',
    'executing the log again: block 100 of 100, 40 a second, done',
  ]);

  const short = new ReplayProgress(3, () => assert.fail('nothing to tell'));
  for (let block = 0; block < 3; block++) short.block();
  short.end();
});
