import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { answer, chainRun } from '../../src/node/rpc/dispatch.ts';
import { Random } from '../fuzz/random.ts';
import { funded, temporaryDirectory, testAccount } from './chain-fixture.ts';
import { answerFault, hostileBody, hostileParams, insideShown, METHODS } from './hostile-values.ts';

/** Requests that no client would send: each has a JSON-RPC answer, and the node is as well as before. */
interface Answer {
  id: unknown;
  error?: { code: unknown };
}

const alice = testAccount('alice');
let chain: Chain;

before(async () => {
  chain = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(alice),
    gatherMs: 1e9,
    heartbeatMs: 1e9,
  });
  await chain.produce();
});

after(() => chain.close());

const random = new Random(0x5eed);

function check(given: unknown, request: string): void {
  const where = request.slice(0, 300);
  assert.equal(answerFault(given), undefined, where);
  assert.equal(insideShown(JSON.stringify(given)), undefined, where);
}

async function healthy(): Promise<void> {
  const { header } = await chain.produce();
  const number = await chain.request('eth_blockNumber');
  assert.equal(BigInt(number as string), header.number);
  assert.equal(await chain.request('eth_getBalance', [alice.address]), '0xd3c21bcecceda1000000');
}

test('four thousand calls with wrong parameters', async () => {
  for (let round = 0; round < 4000; round++) {
    const params = hostileParams(random);
    const method = METHODS[round % METHODS.length]!;
    const request = JSON.stringify({ jsonrpc: '2.0', id: round, method, params });
    const given = JSON.parse((await answer(request, chainRun(chain)))!) as Answer;
    assert.equal(given.id, round);
    check(given, request);
  }
  await healthy();
});

test('a thousand broken or strange bodies', async () => {
  for (let round = 0; round < 1000; round++) {
    const body = hostileBody(random);
    const text = await answer(body, chainRun(chain));
    if (text === undefined) continue;
    const given = JSON.parse(text) as unknown;
    for (const one of Array.isArray(given) ? given : [given]) check(one, body);
  }
  await healthy();
});

test('codes of the protocol', async () => {
  const code = async (body: string) =>
    (JSON.parse((await answer(body, chainRun(chain)))!) as Answer).error?.code;
  assert.equal(await code(''), -32700);
  assert.equal(await code('['.repeat(100_000)), -32700);
  const nested = `${'['.repeat(3000)}${']'.repeat(3000)}`;
  check((JSON.parse((await answer(nested, chainRun(chain)))!) as Answer[])[0]!, nested);
  for (const body of ['5', '"x"', 'null', '[]', '{}', '{"id":1}', '{"id":1,"method":null}'])
    assert.equal(await code(body), -32600, body);
  assert.equal(await code('{"id":1,"method":"eth_nothing"}'), -32601);
  assert.equal(await code('{"id":1,"method":"eth_getBalance","params":"0x1"}'), -32602);
  assert.equal(await code('{"id":1,"method":"eth_chainId","params":null}'), undefined);
  const quiet = JSON.stringify(Array.from({ length: 1000 }, () => ({ method: 'eth_chainId' })));
  assert.equal(await answer(quiet, chainRun(chain)), undefined, 'only notifications');
  assert.equal(
    await code(JSON.stringify(Array.from({ length: 1001 }, () => ({ id: 1, method: 'eth_chainId' })))),
    -32600,
  );
  const mixed = '[{"id":1,"method":"eth_chainId"},{"method":"eth_chainId"},7,{"id":2,"method":"x"}]';
  const answers = JSON.parse((await answer(mixed, chainRun(chain)))!) as Answer[];
  assert.deepEqual(
    answers.map(({ id, error }) => [id, error?.code]),
    [
      [1, undefined],
      [null, -32600],
      [2, -32601],
    ],
  );
});
