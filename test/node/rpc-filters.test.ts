import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { type Abi, type Address, encodeFunctionData, type Hex, keccak256, numberToHex, toHex } from 'viem';
import {
  createBlockFilter,
  createContractEventFilter,
  createPendingTransactionFilter,
  getFilterChanges,
  getFilterLogs,
  uninstallFilter,
} from 'viem/actions';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { RpcError } from '../../src/node/rpc/rpc-error.ts';
import { compileProbe } from './chain-contracts.ts';
import { clientOf, funded, signTransfer, temporaryDirectory, testAccount } from './chain-fixture.ts';

const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
const { abi, bytecode } = compileProbe();
let chain: Chain;
let client: ReturnType<typeof clientOf>;
let probe: Address;

before(async () => {
  chain = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(alice),
    gatherMs: 1e9,
    heartbeatMs: 1e9,
    fillMs: 1e9,
  });
  client = clientOf(chain, alice);
  const hash = await client.deployContract({ abi: abi as Abi, bytecode });
  await chain.produce();
  probe = (await client.getTransactionReceipt({ hash })).contractAddress!;
});

after(() => chain.close());

const fill = async (key: bigint) => {
  const data = encodeFunctionData({ abi: abi as Abi, functionName: 'fill', args: [key, 1n, 4n] });
  await client.sendTransaction({ to: probe, data, gas: 500_000n });
  return chain.produce();
};
const refusal = (method: string, ...params: unknown[]) =>
  chain.request(method, params).then(
    () => assert.fail(`${method} was not refused`),
    (error: unknown) => {
      assert.ok(error instanceof RpcError, String(error));
      return [error.code, error.message];
    },
  );

test('block filters tell each block once', async () => {
  const filter = await createBlockFilter(client);
  assert.deepEqual(await getFilterChanges(client, { filter }), []);
  const blocks = [await chain.produce(), await chain.produce()];
  assert.deepEqual(
    await getFilterChanges(client, { filter }),
    blocks.map(({ hash }) => hash),
  );
  assert.deepEqual(await getFilterChanges(client, { filter }), []);
});

test('pending filters tell the hashes since they were made', async () => {
  const nonce = await client.getTransactionCount({ address: alice.address });
  const raws = await Promise.all([0, 1, 2].map((step) => signTransfer(alice, 31178, nonce + step, SINK)));
  const send = (raw: Hex) => chain.request('eth_sendRawTransaction', [raw]);
  const early = await createPendingTransactionFilter(client);
  await send(raws[0]!);
  const late = await createPendingTransactionFilter(client);
  await send(raws[1]!);
  const hashes = raws.map((raw) => keccak256(raw));
  assert.deepEqual(await getFilterChanges(client, { filter: early }), hashes.slice(0, 2));
  assert.deepEqual(await getFilterChanges(client, { filter: late }), hashes.slice(1, 2));
  await uninstallFilter(client, { filter: early });
  await send(raws[2]!);
  assert.deepEqual(await getFilterChanges(client, { filter: late }), hashes.slice(2));
  await uninstallFilter(client, { filter: late });
  await chain.produce();
});

test('log filters tell new logs; getFilterLogs all of the range', async () => {
  const wrote = keccak256(toHex('Wrote(uint256,uint256)'));
  const start = await fill(10n);
  const filter = await createContractEventFilter(client, {
    abi: abi as Abi,
    address: probe,
    eventName: 'Wrote',
    fromBlock: start.header.number,
  });
  const first = await fill(11n);
  const changes = await getFilterChanges(client, { filter });
  assert.deepEqual(
    changes.map((log) => [log.blockHash, log.topics[0]]),
    [[first.hash, wrote]],
  );
  assert.deepEqual(await getFilterChanges(client, { filter }), []);
  assert.deepEqual(
    (await getFilterLogs(client, { filter })).map((log) => log.blockHash),
    [start.hash, first.hash],
  );
  const until = numberToHex(chain.head().header.number + 1n);
  const bounded = (await chain.request('eth_newFilter', [{ address: probe, toBlock: until }])) as Hex;
  await fill(12n);
  await fill(13n);
  assert.equal(((await chain.request('eth_getFilterChanges', [bounded])) as unknown[]).length, 1);
  assert.equal((await getFilterChanges(client, { filter })).length, 2);
});

test('what is no filter, is not found or gone', async () => {
  const missing = [-32000, 'filter not found'];
  assert.deepEqual(await refusal('eth_getFilterChanges', '0x1'), missing);
  assert.deepEqual(await refusal('eth_getFilterLogs', '0x1'), missing);
  const blocks = await chain.request('eth_newBlockFilter');
  assert.deepEqual(await refusal('eth_getFilterLogs', blocks), missing);
  assert.equal(await chain.request('eth_uninstallFilter', [blocks]), true);
  assert.equal(await chain.request('eth_uninstallFilter', [blocks]), false);
  assert.deepEqual(await refusal('eth_getFilterChanges', blocks), missing);
  for (const params of [[], [5], ['0x12'], [[]], [{ topics: 'x' }], [{ topics: [[[]]] }], [{ address: [7] }]])
    for (const method of ['eth_newFilter', 'eth_getLogs'])
      assert.equal((await refusal(method, ...params))[0], -32602, `${method} ${JSON.stringify(params)}`);
  assert.equal((await refusal('eth_newFilter', { fromBlock: '0x5', toBlock: '0x4' }))[0], -32602);
  assert.equal((await refusal('eth_getFilterChanges'))[0], -32602);
});

test('a filter that nobody polls for five minutes expires, and there is room for 4096', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  try {
    const kept = await chain.request('eth_newBlockFilter');
    const left = await chain.request('eth_newBlockFilter');
    mock.timers.tick(200_000);
    await chain.request('eth_getFilterChanges', [kept]);
    mock.timers.tick(200_000);
    await chain.request('eth_getFilterChanges', [kept]);
    assert.deepEqual(await refusal('eth_getFilterChanges', left), [-32000, 'filter not found']);
    for (let count = 1; count < 4096; count++) await chain.request('eth_newBlockFilter');
    assert.deepEqual(await refusal('eth_newBlockFilter'), [-32000, 'too many filters']);
    mock.timers.tick(300_001);
    assert.ok(await chain.request('eth_newBlockFilter'));
  } finally {
    mock.timers.reset();
  }
});
