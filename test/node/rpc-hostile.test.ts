import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { answer, chainRun } from '../../src/node/rpc/dispatch.ts';
import { funded, temporaryDirectory, testAccount } from './chain-fixture.ts';

/** Requests that no client would send: each has a JSON-RPC answer, and the node is as well as before. */
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

const METHODS = [
  'eth_blockNumber eth_getBlockByNumber eth_getBlockByHash eth_getBlockTransactionCountByNumber',
  'eth_getBlockTransactionCountByHash eth_getUncleCountByBlockNumber eth_getUncleCountByBlockHash',
  'eth_getTransactionByBlockNumberAndIndex eth_getTransactionByBlockHashAndIndex',
  'eth_getRawTransactionByBlockNumberAndIndex eth_getRawTransactionByBlockHashAndIndex',
  'eth_getTransactionByHash eth_getRawTransactionByHash eth_getTransactionReceipt eth_getBlockReceipts',
  'eth_getBalance eth_getTransactionCount eth_getCode eth_getStorageAt eth_getProof',
  'eth_sendRawTransaction eth_sendRawTransactionSync eth_call eth_estimateGas eth_createAccessList',
  'eth_simulateV1 eth_gasPrice eth_maxPriorityFeePerGas eth_blobBaseFee eth_feeHistory eth_getLogs',
  'eth_newFilter eth_newBlockFilter eth_newPendingTransactionFilter eth_getFilterChanges',
  'eth_getFilterLogs eth_uninstallFilter eth_chainId eth_syncing eth_accounts net_version web3_sha3',
  'web3_clientVersion txpool_status eth_nothing toString __proto__',
].flatMap((line) => line.split(' '));

/** Reproducible: mulberry32. */
let seed = 0x5eed;
function random(below: number): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

const ATOMS: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  '0',
  '0x',
  '0x0',
  '0x1',
  '-0x1',
  '0xg',
  '0x00',
  'latest',
  'earliest',
  'pending',
  'safe',
  'later',
  '\u0000',
  '💥',
  '0X1',
  ' 0x1',
  `0x${'f'.repeat(16)}`,
  `0x${'f'.repeat(64)}`,
  `0x${'f'.repeat(65)}`,
  `0x${'ab'.repeat(5000)}`,
  alice.address,
  alice.address.toLowerCase(),
  `0x${'00'.repeat(19)}04`,
  `0x${'12'.repeat(32)}`,
  '9'.repeat(400),
  '__proto__',
  'constructor',
];
const KEYS = [
  'from to gas gasPrice maxFeePerGas maxPriorityFeePerGas value data input nonce accessList',
  'authorizationList address topics fromBlock toBlock blockHash blockNumber balance code state stateDiff',
  'movePrecompileToAddress number time gasLimit baseFeePerGas blockStateCalls blockOverrides',
  'stateOverrides calls validation traceTransfers storageKeys __proto__ toString',
].flatMap((line) => line.split(' '));

function value(depth: number): unknown {
  const kind = random(depth > 3 ? 6 : 10);
  if (kind < 6) return pick(ATOMS);
  if (kind < 8) return Array.from({ length: random(4) }, () => value(depth + 1));
  const entries = Array.from({ length: random(5) }, () => [
    random(3) === 0 ? String(pick(ATOMS)) : pick(KEYS),
    value(depth + 1),
  ]);
  return Object.fromEntries(entries) as object;
}

interface Answer {
  id: unknown;
  result?: unknown;
  error?: { code: unknown; message: unknown };
}

function check(given: Answer, request: string): void {
  const where = request.slice(0, 300);
  assert.ok('result' in given !== 'error' in given, where);
  if (!given.error) return;
  const { code, message } = given.error;
  assert.ok(Number.isSafeInteger(code) && typeof message === 'string', where);
  assert.notEqual(code, -32603, `internal error for ${where}`);
  assert.doesNotMatch(message, /\bat .*:\d+|node_modules|TypeError|RangeError|Error:/, where);
}

async function healthy(): Promise<void> {
  const { header } = await chain.produce();
  const number = await chain.request('eth_blockNumber');
  assert.equal(BigInt(number as string), header.number);
  assert.equal(await chain.request('eth_getBalance', [alice.address]), '0xd3c21bcecceda1000000');
}

test('four thousand calls with wrong parameters', async () => {
  for (let round = 0; round < 4000; round++) {
    const params = Array.from({ length: random(5) }, () => value(0));
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
    const call = () => ({
      jsonrpc: pick(['2.0', '1.0', 2, null]),
      ...(random(3) > 0 && { id: pick(ATOMS) }),
      method: random(3) > 0 ? pick(METHODS) : value(2),
      params: value(1),
    });
    let body = JSON.stringify(random(2) ? call() : Array.from({ length: random(6) }, call));
    if (random(3) === 0) body = body.slice(0, random(body.length));
    else if (random(4) === 0) {
      const at = random(body.length);
      body = body.slice(0, at) + pick(['{', '"', '\\', ']', '\u0000', 'e', '9']) + body.slice(at + 1);
    }
    const text = await answer(body, chainRun(chain));
    if (text === undefined) continue;
    const given = JSON.parse(text) as Answer | Answer[];
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
