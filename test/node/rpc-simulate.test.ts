import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Abi,
  type Address,
  createClient,
  encodeFunctionData,
  type Hex,
  http,
  numberToHex,
  parseEther,
  publicActions,
  testActions,
} from 'viem';
import { simulateBlocks } from 'viem/actions';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { RpcError } from '../../src/node/rpc/rpc-error.ts';
import { anvilBinary, startAnvil } from './chain-anvil.ts';
import { compileProbe } from './chain-contracts.ts';
import { clientOf, funded, temporaryDirectory, testAccount, testChain } from './chain-fixture.ts';

/** eth_simulateV1, beside anvil's and beside blocks that are then really built. */
const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
const POOR = '0x00000000000000000000000000000000000bad00';
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
    gatherMs: 1e9,
    heartbeatMs: 1e9,
    fillMs: 1e9,
  });
  client = clientOf(chain, alice);
  const hash = await client.deployContract({ abi: abi as Abi, bytecode, gas: 5_000_000n });
  await chain.produce();
  probe = (await client.getTransactionReceipt({ hash })).contractAddress!;
  const raw = await chain.request('eth_getRawTransactionByHash', [hash]);
  await peer.waitForTransactionReceipt({ hash: (await theirs('eth_sendRawTransaction', [raw])) as Hex });
});

after(async () => {
  anvil?.stop();
  await chain?.close();
});

const data = (functionName: string, ...args: unknown[]) =>
  encodeFunctionData({ abi: abi as Abi, functionName, args });
const simulate = (request: object, block: unknown = 'latest') =>
  chain.request('eth_simulateV1', [request, block]) as Promise<SimulatedBlock[]>;

interface SimulatedBlock {
  number: Hex;
  timestamp: Hex;
  hash: Hex;
  parentHash: Hex;
  stateRoot: Hex;
  gasUsed: Hex;
  baseFeePerGas: Hex;
  transactions: Record<string, unknown>[];
  calls: {
    status: Hex;
    gasUsed: Hex;
    returnData: Hex;
    logs: { address: Hex; topics: Hex[]; data: Hex; logIndex: Hex }[];
    error?: { code: number; message: string; data?: Hex };
  }[];
}

test("outcomes of calls are anvil's, block after block", async () => {
  const from = alice.address;
  const request = {
    blockStateCalls: [
      {
        stateOverrides: { [POOR]: { balance: '0x64' } },
        calls: [
          { from, to: probe, input: data('fill', 1n, 2n, 3n) },
          { from: POOR, to: SINK, value: '0x5' },
          { from, to: probe, input: data('transfer', SINK, 1n) },
        ],
      },
      {
        calls: [
          { from, to: probe, input: data('slots', 1n) },
          { from, to: probe, input: data('clear', 1n, 2n) },
          { from, to: probe, input: data('make', 4n), value: '0x7' },
          { from, to: probe, input: data('refuse', 5n) },
          { from, to: probe, input: data('burn'), gas: '0x186a0' },
        ],
      },
    ],
  };
  const mine = await simulate(request);
  const other = (await theirs('eth_simulateV1', [request, 'latest'])) as SimulatedBlock[];
  const comparable = (blocks: SimulatedBlock[]) =>
    blocks.map(({ gasUsed, calls }) => ({
      gasUsed,
      calls: calls.map((call) => [
        call.status,
        call.gasUsed,
        call.status === '0x1' && call.returnData,
        call.logs.map(({ address, topics, data }) => [address, topics, data]),
      ]),
    }));
  assert.deepEqual(comparable(mine), comparable(other));
  const [, second] = mine;
  assert.equal(second!.parentHash, mine[0]!.hash);
  assert.equal(second!.calls[3]!.error!.code, 3);
  assert.deepEqual(second!.calls[4]!.error, { code: -32015, message: 'out of gas' });
});

test('a validated block comes out as the chain then builds it', async () => {
  const nonce = await client.getTransactionCount({ address: alice.address });
  const head = chain.head();
  const fees = { maxFeePerGas: 10_000_000_000n, maxPriorityFeePerGas: 1_000_000n, gas: 500_000n } as const;
  const inputs = [data('fill', 70n, 3n, 1n), data('make', 3n), data('clear', 70n, 3n)];
  const [predicted] = await simulate({
    validation: true,
    returnFullTransactions: true,
    blockStateCalls: [
      {
        calls: inputs.map((input, index) => ({
          from: alice.address,
          to: probe,
          input,
          nonce: numberToHex(nonce + index),
          gas: numberToHex(fees.gas),
          maxFeePerGas: numberToHex(fees.maxFeePerGas),
          maxPriorityFeePerGas: numberToHex(fees.maxPriorityFeePerGas),
        })),
      },
    ],
  });
  assert.equal(chain.head(), head, 'nothing stays');
  for (const [index, input] of inputs.entries())
    await client.sendTransaction({ to: probe, data: input, nonce: nonce + index, ...fees });
  const { header } = await chain.produce();
  assert.equal(predicted!.gasUsed, numberToHex(header.gasUsed));
  assert.equal(predicted!.baseFeePerGas, numberToHex(header.baseFeePerGas!));
  assert.equal((predicted as unknown as { receiptsRoot: Hex }).receiptsRoot, header.receiptsRoot);
  assert.equal((predicted as unknown as { logsBloom: Hex }).logsBloom, header.logsBloom);
  assert.equal(predicted!.transactions[1]!.from, alice.address.toLowerCase());
});

test('transfers are shown as logs, gaps are filled, viem reads it all', async () => {
  const head = chain.head().header;
  const blocks = await simulateBlocks(client, {
    traceTransfers: true,
    blocks: [
      {
        blockOverrides: { number: head.number + 1n, time: head.timestamp + 100n },
        calls: [
          { account: alice.address, to: SINK, value: 9n },
          { account: alice.address, to: probe, abi: abi as Abi, functionName: 'slots', args: [70n] },
          { account: alice.address, to: probe, data: data('refuse', 5n) },
        ],
      },
    ],
  });
  const gap = await simulate({
    blockStateCalls: [{}, { blockOverrides: { number: numberToHex(head.number + 4n) } }],
  });
  assert.deepEqual(
    gap.map(({ number, timestamp }) => [BigInt(number) - head.number, BigInt(timestamp) - head.timestamp]),
    [1n, 2n, 3n, 4n].map((step) => [step, step]),
  );
  const [transfer, read, refused] = blocks[0]!.calls;
  assert.equal(blocks[0]!.timestamp, head.timestamp + 100n);
  assert.equal(transfer!.logs![0]!.address, '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee');
  assert.equal(BigInt(transfer!.logs![0]!.data), 9n);
  assert.equal(read!.result, 0n);
  assert.equal(refused!.status, 'failure');
});

test('what cannot be simulated has the codes of the execution API', async () => {
  const { number, timestamp } = chain.head().header;
  const from = alice.address;
  const price = { maxFeePerGas: '0x2540be400', gas: '0x5208' };
  const cases: [number, object][] = [
    [-38010, { calls: [{ from, to: SINK, nonce: '0x0', ...price }] }],
    [-38011, { calls: [{ from, to: SINK, nonce: '0xffff', ...price }] }],
    [-38012, { calls: [{ from, to: SINK, maxFeePerGas: '0x1', gas: '0x5208' }] }],
    [-38013, { calls: [{ from, to: SINK, ...price, gas: '0x10' }] }],
    [-38014, { calls: [{ from: SINK, to: from, value: '0xffffffffffff', ...price }] }],
    [-38015, { calls: [{ from, to: SINK, ...price, gas: '0xffffffffff' }] }],
    [-38020, { blockOverrides: { number: numberToHex(number) } }],
    [-38021, { blockOverrides: { time: numberToHex(timestamp) } }],
    [-38024, { calls: [{ from: probe, to: SINK, ...price }] }],
    [-38025, { calls: [{ from, input: `0x${'00'.repeat(49_153)}`, ...price, gas: '0x989680' }] }],
    [-38026, { blockOverrides: { number: numberToHex(number + 257n) } }],
    [-32602, { calls: [{ from, to: SINK, gasPrice: '0x1', maxFeePerGas: '0x1' }] }],
    [-32602, { calls: [{ from, to: SINK, nonce: `0x${'f'.repeat(64)}` }] }],
    [-32602, { calls: 5 }],
  ];
  for (const [code, block] of cases)
    await assert.rejects(
      simulate({ validation: code !== -32602, blockStateCalls: [block] }),
      (error: unknown) => error instanceof RpcError && error.code === code,
      `${code} ${JSON.stringify(block).slice(0, 80)}`,
    );
  await assert.rejects(simulate({ blockStateCalls: [] }), { code: -32602 });
  const fromContract = {
    calls: [{ from: probe, to: SINK, gas: '0x5208' }],
    blockOverrides: { baseFeePerGas: '0x5' },
  };
  assert.equal((await simulate({ blockStateCalls: [fromContract] }))[0]!.calls[0]!.status, '0x1');
});
