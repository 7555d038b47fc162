import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ethereumRun } from '../fuzz/ethereum.ts';
import { mutationRun } from '../fuzz/light-client.ts';
import { type Question, record } from '../fuzz/recorded-session.ts';

describe('answers altered at random', () => {
  it('are refused with a typed error, or change nothing', async () => {
    const recording = await record();
    const { outcomes, ways } = await mutationRun(recording, { runs: 1000, seed: 7 });
    const total = (counts: Map<string, number>) =>
      [...counts.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(total(outcomes), 1000);
    assert.ok(total(ways) >= 900, 'the lies were told');
    assert.ok(outcomes.size > 8, [...outcomes.keys()].join());
    assert.ok(outcomes.get('the truth')! < 700);
  });

  it('are refused as well where the mainchain is proven from Ethereum', async () => {
    const { outcomes } = await ethereumRun({ runs: 40, seed: 11 });
    assert.ok(outcomes.size > 2, [...outcomes.keys()].join());
  });

  it('a client that believed an unproven answer would be noticed', async () => {
    const recording = await record();
    const gullible: Question = {
      name: 'attestation',
      ask: (reader) => reader.follower.parts.execution.request('hsk_getAttestation', ['latest']),
    };
    const questions = [gullible, recording.questions.at(-1)!];
    await assert.rejects(
      mutationRun({ ...recording, questions }, { runs: 50, seed: 1 }),
      /a false value was accepted/,
    );
  });
});
