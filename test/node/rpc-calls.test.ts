import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Abi,
  type Address,
  createClient,
  encodeFunctionData,
  type Hex,
  http,
  parseEther,
  publicActions,
  testActions,
  toHex,
} from 'viem';
import { call, createAccessList } from 'viem/actions';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { RpcError } from '../../src/node/rpc/rpc-error.ts';
import { anvilBinary, startAnvil } from './chain-anvil.ts';
import { compileProbe } from './chain-contracts.ts';
import { clientOf, funded, temporaryDirectory, testAccount, testChain } from './chain-fixture.ts';

/** Overridden calls and access lists, beside anvil's. */
const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
const ANYWHERE = '0x00000000000000000000000000000000000c0de5';
const { abi, bytecode } = compileProbe();
const binary = anvilBinary();
assert.ok(binary, 'anvil for this platform comes with npm ci');
let anvil: Awaited<ReturnType<typeof startAnvil>>;
let chain: Chain;
let client: ReturnType<typeof clientOf>;
let probe: Address;
let theirs: (method: string, params: unknown[]) => Promise<unknown>;

before(async () => {
  anvil = await startAnvil(binary, ['--chain-id', '31178', '--gas-limit', '60000000']);
  const peer = createClient({ chain: testChain(31178), transport: http(anvil.url), pollingInterval: 10 })
    .extend(publicActions)
    .extend(testActions({ mode: 'anvil' }));
  await peer.setBalance({ address: alice.address, value: parseEther('1000000') });
  theirs = (method, params) => peer.request({ method, params } as never);
  chain = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(alice),
    gatherMs: 20,
  });
  client = clientOf(chain, alice);
  const hash = await client.deployContract({ abi: abi as Abi, bytecode, gas: 5_000_000n });
  probe = (await client.waitForTransactionReceipt({ hash })).contractAddress!;
  const raw = await chain.request('eth_getRawTransactionByHash', [hash]);
  await peer.waitForTransactionReceipt({ hash: (await theirs('eth_sendRawTransaction', [raw])) as Hex });
});

after(async () => {
  anvil?.stop();
  await chain?.close();
});

const data = (functionName: string, ...args: unknown[]) =>
  encodeFunctionData({ abi: abi as Abi, functionName, args });
const refusal = (method: string, ...params: unknown[]) =>
  chain.request(method, params).then(
    () => assert.fail(`${method} was not refused`),
    (error: unknown) => {
      assert.ok(error instanceof RpcError, String(error));
      return error;
    },
  );

interface AccessListAnswer {
  accessList: { address: Hex; storageKeys: Hex[] }[];
  gasUsed: Hex;
  error?: string;
}
const comparable = ({ accessList, gasUsed }: AccessListAnswer) => ({
  gasUsed: BigInt(gasUsed),
  accessList: accessList
    .map(({ address, storageKeys }) => ({ address: address.toLowerCase(), keys: storageKeys.toSorted() }))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1)),
});

test("access lists are anvil's", async () => {
  for (const input of [
    data('fill', 3n, 2n, 9n),
    data('transfer', SINK, 0n),
    data('slots', 4n),
    data('call', SINK, '0x'),
    data('deep', 3n),
  ]) {
    const params = [{ from: alice.address, to: probe, data: input }, 'latest'];
    const mine = (await chain.request('eth_createAccessList', params)) as AccessListAnswer;
    const other = (await theirs('eth_createAccessList', params)) as AccessListAnswer;
    assert.deepEqual(comparable(mine), comparable(other), input.slice(0, 10));
  }
});

test('the list is enough, the gas is what the transaction uses; a revert is told', async () => {
  const input = data('fill', 40n, 3n, 9n);
  const { accessList, gasUsed } = await createAccessList(client, {
    account: alice.address,
    to: probe,
    data: input,
  });
  const hash = await client.sendTransaction({
    type: 'eip1559',
    to: probe,
    data: input,
    gas: 1_000_000n,
    accessList,
  });
  assert.equal((await client.waitForTransactionReceipt({ hash })).gasUsed, gasUsed);
  const params = [{ to: probe, data: data('refuse', 5n) }, 'latest'];
  const refused = (await chain.request('eth_createAccessList', params)) as AccessListAnswer;
  assert.equal(refused.error, 'execution reverted');
  const created = (await chain.request('eth_createAccessList', [
    { from: alice.address, data: bytecode },
  ])) as AccessListAnswer;
  assert.equal(created.error, undefined);
});

test("calls with overridden state are anvil's", async () => {
  const code = await client.getCode({ address: probe });
  const slot = toHex(2, { size: 32 });
  // balance(SINK), sload(2), number, timestamp: each a program of its own.
  const returnTop = '5f5260205ff3';
  const cases: [object, object][] = [
    [{ to: ANYWHERE, data: data('slots', 1n) }, { [ANYWHERE]: { code } }],
    [
      { to: ANYWHERE },
      { [ANYWHERE]: { code: `0x73${SINK.slice(2)}31${returnTop}` }, [SINK]: { balance: '0x7b' } },
    ],
    [
      { to: ANYWHERE },
      { [ANYWHERE]: { code: `0x600254${returnTop}`, stateDiff: { [slot]: toHex(9, { size: 32 }) } } },
    ],
    [
      { to: ANYWHERE },
      { [ANYWHERE]: { code: `0x600254${returnTop}`, state: { [toHex(1, { size: 32 })]: slot } } },
    ],
    [{ from: SINK, to: alice.address, value: '0x64' }, { [SINK]: { balance: '0x64' } }],
  ];
  for (const [message, overrides] of cases) {
    const params = [message, 'latest', overrides];
    assert.equal(await chain.request('eth_call', params), await theirs('eth_call', params));
  }
  assert.equal(await client.getCode({ address: ANYWHERE }), undefined, 'nothing stays');
  assert.equal(await client.getBalance({ address: SINK }), 0n);
});

test('viem overrides state and block; estimates see them', async () => {
  const result = await call(client, {
    to: ANYWHERE,
    stateOverride: [{ address: ANYWHERE, code: '0x435f5260205ff3' }],
    blockOverrides: { number: 777n },
  });
  assert.equal(BigInt(result.data!), 777n);
  const poor = testAccount('poor').address;
  const message = { from: poor, to: SINK, value: '0x5' };
  assert.match((await refusal('eth_estimateGas', message)).message, /insufficient funds/);
  assert.equal(
    await chain.request('eth_estimateGas', [message, 'latest', { [poor]: { balance: '0x5' } }]),
    '0x5208',
  );
  const moved = await chain.request('eth_call', [
    { to: ANYWHERE, data: '0xabcd' },
    'latest',
    { '0x0000000000000000000000000000000000000004': { movePrecompileToAddress: ANYWHERE } },
  ]);
  assert.equal(moved, '0xabcd');
});

test('overrides that make no sense are refused', async () => {
  const identity = '0x0000000000000000000000000000000000000004';
  for (const [override, code] of [
    [5, -32602],
    [[], -32602],
    [{ '0x12': {} }, -32602],
    [{ [SINK]: 5 }, -32602],
    [{ [SINK]: { balance: 5 } }, -32602],
    [{ [SINK]: { nonce: `0x1${'0'.repeat(16)}` } }, -32602],
    [{ [SINK]: { state: {}, stateDiff: {} } }, -32602],
    [{ [SINK]: { stateDiff: { '0xzz': '0x1' } } }, -32602],
    [{ [SINK]: { movePrecompileToAddress: ANYWHERE } }, -32000],
    [{ [identity]: { movePrecompileToAddress: identity } }, -38022],
    [{ [identity]: { movePrecompileToAddress: SINK }, [SINK]: {} }, -38023],
  ] as const)
    assert.equal(
      (await refusal('eth_call', { to: SINK }, 'latest', override)).code,
      code,
      JSON.stringify(override),
    );
});
