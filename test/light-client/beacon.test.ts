import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { httpBeacon } from '../../src/light-client/beacon.ts';
import { newestFinal, type OutputList } from '../../src/light-client/find-outputs.ts';
import { insist } from '../../src/light-client/transport.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { vectorText, withCode } from '../protocol/vectors.ts';

const FINALITY = vectorText('sync-committee/mainnet-capella/finality.json');
const UPDATES = vectorText('sync-committee/mainnet-capella/updates.json');

/** Endpoints by host name; each gives its own answer. */
function beacon(answers: Record<string, () => Response | Promise<Response>>, asked: string[] = []) {
  return httpBeacon(
    Object.keys(answers).map((host) => `http://${host}`),
    {
      answerLimit: 2 << 20,
      fetch: async (input) => {
        const url = new URL(input as string);
        asked.push(`${url.hostname} ${url.pathname.split('/').at(-1)}${url.search}`);
        return answers[url.hostname]!();
      },
    },
  );
}

const good = (text: string) => () => new Response(text);

describe('the beacon API', () => {
  it('is read as mainnet’s nodes answer it', async () => {
    const asked: string[] = [];
    const { signatureSlot } = await beacon({ a: good(FINALITY) }, asked).finality();
    assert.equal(signatureSlot, 7109431);
    const updates = await beacon({ a: good(UPDATES) }, asked).updates(862, 6);
    assert.equal(updates.length, 6);
    assert.deepEqual(asked, ['a finality_update', 'a updates?start_period=862&count=6']);
  });

  const broken: [what: string, answer: () => Response, code: string][] = [
    ['an HTTP error', () => new Response('', { status: 503 }), 'TRANSPORT_STATUS'],
    ['what is no JSON', good('<html>'), 'TRANSPORT_NOT_JSON'],
    ['JSON that was cut off', good(FINALITY.slice(0, 900)), 'TRANSPORT_NOT_JSON'],
    ['megabytes', good(`"${'x'.repeat(3 << 20)}"`), 'TRANSPORT_ANSWER_SIZE'],
    ['another document', good('{"data":{"attested_header":7}}'), 'PARSE_INVALID'],
    ['endless nesting', good(`{"data":${'['.repeat(2000)}${']'.repeat(2000)}}`), 'PARSE_INVALID'],
    [
      'a key too short',
      good(FINALITY.replace(/"sync_committee_signature":\s*"0x../, '"sync_committee_signature":"0x')),
      'PARSE_INVALID',
    ],
  ];
  for (const [what, answer, code] of broken)
    it(`${what} is refused, and the next endpoint asked`, async () => {
      await assert.rejects(beacon({ a: answer }).finality(), withCode(code));
      const asked: string[] = [];
      const two = beacon({ a: answer, b: good(FINALITY) }, asked);
      await two.finality();
      await two.finality();
      assert.deepEqual(asked, ['a finality_update', 'b finality_update', 'b finality_update']);
    });

  it('more updates than were asked for are refused', async () => {
    await assert.rejects(beacon({ a: good(UPDATES) }).updates(862, 3), withCode('PARSE_INVALID'));
  });

  it('an endpoint that was proven false is asked last', async () => {
    const asked: string[] = [];
    const two = beacon({ a: good(FINALITY), b: good(FINALITY) }, asked);
    let round = 0;
    await insist(two, async () => {
      await two.finality();
      if (round++ === 0) throw new HskError('SYNC_SIGNATURE', 'false');
    });
    assert.deepEqual(asked, ['a finality_update', 'b finality_update']);
  });
});

describe('the newest claim that is final', () => {
  const list = (count: number, final: number, asked: bigint[] = []): OutputList => ({
    count: BigInt(count),
    isFinal: async (index) => {
      asked.push(index);
      return index < BigInt(final);
    },
    hint: () => Promise.reject(new Error('not asked')),
    prove: () => Promise.reject(new Error('not asked')),
  });

  it('is found whatever its place', async () => {
    for (let count = 0; count <= 40; count++)
      for (let final = 0; final <= count; final++)
        assert.equal(await newestFinal(list(count, final)), final === 0 ? undefined : BigInt(final - 1));
  });

  it('is found among thousands by few questions', async () => {
    const asked: bigint[] = [];
    assert.equal(await newestFinal(list(100_000, 99_800, asked)), 99_799n);
    assert.ok(asked.length < 20, `${asked.length} questions`);
  });
});
