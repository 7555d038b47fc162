import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Abi,
  type Address,
  encodeFunctionData,
  type Hex,
  keccak256,
  numberToHex,
  parseEther,
  toHex,
} from 'viem';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { RpcError } from '../../src/node/rpc/rpc-error.ts';
import { compileProbe } from './chain-contracts.ts';
import { clientOf, funded, signTransfer, temporaryDirectory, testAccount } from './chain-fixture.ts';

const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
const { abi, bytecode } = compileProbe();
let chain: Chain;
let probe: Address;
let client: ReturnType<typeof clientOf>;

before(async () => {
  chain = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(alice),
    gatherMs: 20,
  });
  client = clientOf(chain, alice);
  const receipt = await client.waitForTransactionReceipt({
    hash: await client.deployContract({ abi: abi as Abi, bytecode }),
  });
  probe = receipt.contractAddress!;
});

after(() => chain.close());

const refusal = (method: string, params: unknown[]) =>
  chain.request(method, params).then(
    () => assert.fail(`${method} was not refused`),
    (error: unknown) => {
      assert.ok(error instanceof RpcError, String(error));
      return { code: error.code, message: error.message, data: error.data };
    },
  );
const data = (functionName: string, ...args: unknown[]) =>
  encodeFunctionData({ abi: abi as Abi, functionName, args });
const write = async (functionName: string, ...args: unknown[]) =>
  client.waitForTransactionReceipt({
    hash: await client.sendTransaction({ to: probe, data: data(functionName, ...args), gas: 1_000_000n }),
  });

test('a call that reverts has code 3, the reason and the data', async () => {
  const custom = await refusal('eth_call', [{ to: probe, data: data('refuse', 5n) }, 'latest']);
  assert.deepEqual([custom.code, custom.message], [3, 'execution reverted']);
  assert.equal(String(custom.data).slice(0, 10), keccak256(toHex('Refused(uint256,string)')).slice(0, 10));
  const reason = await refusal('eth_call', [
    { to: probe, data: data('writeAndRevert', 1n), gas: '0x4c4b40' },
  ]);
  assert.equal(reason.message, 'execution reverted: undone');
  const panic = await refusal('eth_call', [{ to: probe, data: data('transfer', SINK, 1n) }]);
  assert.equal(panic.message, 'execution reverted: panic: arithmetic underflow or overflow (0x11)');
  const estimated = await refusal('eth_estimateGas', [{ to: probe, data: data('refuse', 5n) }]);
  assert.deepEqual([estimated.code, estimated.data], [3, custom.data]);
});

test('viem decodes our reverts', async () => {
  await assert.rejects(
    client.simulateContract({ address: probe, abi: abi as Abi, functionName: 'refuse', args: [7n] }),
    (error: Error) => /Refused\(uint256 code, string why\)/.test(error.message),
  );
});

test('other failures of a call speak as geth does', async () => {
  assert.equal(
    (await refusal('eth_call', [{ to: probe, data: data('burn'), gas: '0x186a0' }])).message,
    'out of gas',
  );
  assert.match((await refusal('eth_call', [{ to: probe, data: data('bad') }])).message, /invalid opcode/);
  assert.match(
    (await refusal('eth_estimateGas', [{ to: probe, data: data('burn') }])).message,
    /gas required exceeds allowance \(60000000\)/,
  );
  assert.match(
    (await refusal('eth_call', [{ from: SINK, to: alice.address, value: '0xffffffffffffffffff' }])).message,
    /insufficient funds for transfer/,
  );
  assert.match((await refusal('eth_call', [{ to: probe, gas: '0x10' }])).message, /intrinsic gas too low/);
  assert.equal((await refusal('eth_call', [{ to: probe }, '0xffff'])).message, 'header not found');
  assert.equal((await refusal('eth_call', [])).message, 'missing value for required argument 0');
});

test('a call sees the block it names and leaves no trace', async () => {
  await write('fill', 900n, 1n, 4n);
  const filled = await client.getBlockNumber();
  await write('fill', 900n, 1n, 5n);
  const read = (block: unknown) =>
    chain.request('eth_call', [{ to: probe, data: data('slots', 900n) }, block]);
  assert.equal(BigInt((await read(numberToHex(filled))) as Hex), 4n);
  assert.equal(BigInt((await read({ blockHash: chain.block(filled)!.hash })) as Hex), 4n);
  assert.equal(BigInt((await read('latest')) as Hex), 5n);
  assert.equal(BigInt((await read({ blockNumber: numberToHex(filled - 1n) })) as Hex), 0n);
  const root = chain.head().header.stateRoot;
  await chain.request('eth_call', [{ from: alice.address, to: probe, data: data('fill', 900n, 1n, 6n) }]);
  assert.equal(BigInt((await read('latest')) as Hex), 5n);
  await chain.produce();
  assert.equal(chain.block(chain.head().header.number - 1n)!.header.stateRoot, root);
  const storage = async (number: bigint) =>
    ((await chain.request('eth_getProof', [probe, [], numberToHex(number)])) as { storageHash: Hex })
      .storageHash;
  assert.equal(await storage(chain.head().header.number), await storage(filled + 1n));
});

test('many calls at once, while blocks are built', async () => {
  const nonce = await client.getTransactionCount({ address: alice.address });
  const sends = Array.from({ length: 60 }, async (_, index) =>
    chain.request('eth_sendRawTransaction', [await signTransfer(alice, 31178, nonce + index, SINK)]),
  );
  const reads = Array.from({ length: 60 }, (_, index) =>
    chain.request('eth_call', [
      { from: alice.address, to: probe, data: data('deep', BigInt(index % 7)), gas: '0x4c4b40' },
    ]),
  );
  const answers = await Promise.all(reads);
  answers.forEach((answer, index) => assert.equal(Number(answer), index % 7));
  await Promise.all(sends);
  while (BigInt((await chain.request('eth_getTransactionCount', [alice.address])) as Hex) < nonce + 60)
    await chain.produce();
});

test('tags, counts and what does not exist', async () => {
  const head = chain.head();
  for (const tag of ['latest', 'safe', 'finalized', 'pending'])
    assert.equal(
      ((await chain.request('eth_getBlockByNumber', [tag, false])) as { hash: Hex }).hash,
      head.hash,
    );
  assert.equal(
    ((await chain.request('eth_getBlockByNumber', ['earliest', false])) as { number: Hex }).number,
    '0x0',
  );
  const absent = `0x${'12'.repeat(32)}`;
  for (const method of [
    'eth_getBlockByHash',
    'eth_getTransactionByHash',
    'eth_getTransactionReceipt',
    'eth_getBlockTransactionCountByHash',
    'eth_getRawTransactionByHash',
  ])
    assert.equal(await chain.request(method, [absent]), null, method);
  assert.equal(await chain.request('eth_getBlockByNumber', ['0xfffff', false]), null);
  assert.equal(await chain.request('eth_getBlockReceipts', ['0xfffff']), null);
  assert.equal(await chain.request('eth_getBalance', [SINK.replace('5', '9')]), '0x0');
  assert.equal(await chain.request('eth_getCode', [SINK]), '0x');
  assert.equal(await chain.request('eth_getStorageAt', [SINK, '0x0', 'latest']), `0x${'00'.repeat(32)}`);
  assert.equal(await chain.request('eth_syncing'), false);
  assert.match(String(await chain.request('web3_clientVersion')), /^hsk-node\//);
  assert.equal(await chain.request('web3_sha3', ['0x']), keccak256('0x'));
});

test('a transaction from every side', async () => {
  const receipt = await write('fill', 1n, 2n, 3n);
  const place = [numberToHex(receipt.blockNumber), numberToHex(receipt.transactionIndex)];
  const byHash = (await chain.request('eth_getTransactionByHash', [receipt.transactionHash])) as Record<
    string,
    unknown
  >;
  assert.deepEqual(await chain.request('eth_getTransactionByBlockNumberAndIndex', place), byHash);
  assert.deepEqual(
    await chain.request('eth_getTransactionByBlockHashAndIndex', [receipt.blockHash, place[1]]),
    byHash,
  );
  const raw = (await chain.request('eth_getRawTransactionByHash', [receipt.transactionHash])) as Hex;
  assert.equal(keccak256(raw), receipt.transactionHash);
  const [inBlock] = (await chain.request('eth_getBlockReceipts', [receipt.blockHash])) as Record<
    string,
    unknown
  >[];
  assert.deepEqual(await chain.request('eth_getTransactionReceipt', [receipt.transactionHash]), inBlock);
  assert.equal(byHash.gasPrice, inBlock!.effectiveGasPrice);
  assert.equal(receipt.logs.length, 2);
  assert.deepEqual(
    receipt.logs.map(({ logIndex }) => logIndex),
    [0, 1],
  );
});

test('logs by address, topics, alternatives, range and block', async () => {
  const first = await write('fill', 5000n, 3n, 1n);
  const second = await write('fill', 5001n, 1n, 2n);
  const wrote = keccak256(toHex('Wrote(uint256,uint256)'));
  const key = (value: bigint) => toHex(value, { size: 32 });
  const range = { fromBlock: numberToHex(first.blockNumber), toBlock: numberToHex(second.blockNumber) };
  const logs = (filter: object) =>
    chain.request('eth_getLogs', [filter]) as Promise<{ topics: Hex[]; blockHash: Hex }[]>;
  assert.equal((await logs({ ...range, address: probe })).length, 4);
  assert.equal((await logs({ ...range, address: [SINK, probe], topics: [wrote, key(5001n)] })).length, 2);
  assert.equal((await logs({ ...range, topics: [null, [key(5000n), key(5002n)]] })).length, 2);
  assert.equal(
    (await logs({ ...range, topics: [[wrote], [], null] })).length,
    0,
    'three positions need three topics',
  );
  assert.equal((await logs({ ...range, address: SINK })).length, 0);
  assert.equal((await logs({ blockHash: second.blockHash })).length, 1);
  assert.equal((await logs({ fromBlock: '0xfffff' })).length, 0);
  assert.equal((await refusal('eth_getLogs', [{ fromBlock: range.toBlock, toBlock: '0x1' }])).code, -32602);
  assert.equal((await refusal('eth_getLogs', [{ address: '0x1' }])).code, -32602);
});

test('fees: the proposal is enough for the next block', async () => {
  const history = (await chain.request('eth_feeHistory', ['0x4', 'latest', [10, 90]])) as {
    baseFeePerGas: Hex[];
    gasUsedRatio: number[];
    reward: Hex[][];
    oldestBlock: Hex;
  };
  assert.equal(history.baseFeePerGas.length, 5);
  assert.equal(history.gasUsedRatio.length, 4);
  assert.equal(history.reward.length, 4);
  const block = await chain.produce();
  assert.equal(toHex(block.header.baseFeePerGas!), history.baseFeePerGas[4]);
  const [, next] = (
    (await chain.request('eth_feeHistory', ['0x1', 'latest', []])) as { baseFeePerGas: Hex[] }
  ).baseFeePerGas;
  assert.ok(BigInt((await chain.request('eth_gasPrice')) as Hex) > BigInt(next!));
  const hash = await client.sendTransaction({ to: SINK, value: 1n, gasPrice: await client.getGasPrice() });
  assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success');
});

test("refused transactions, in geth's words", async () => {
  const nonce = await client.getTransactionCount({ address: alice.address });
  const words = async (raw: Hex) => {
    const { code, message } = await refusal('eth_sendRawTransaction', [raw]);
    assert.equal(code, -32000);
    return message;
  };
  const base = {
    type: 'eip1559',
    chainId: 31178,
    nonce,
    to: SINK,
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
  } as const;
  const signed = (change: object) => alice.signTransaction({ ...base, ...change } as never);
  assert.match(await words(await signed({ nonce: 0 })), /^nonce too low/);
  assert.match(await words(await signed({ nonce: nonce + 5000 })), /^nonce too high/);
  assert.match(await words(await signed({ gas: 20_000n })), /^intrinsic gas too low/);
  assert.match(await words(await signed({ gas: 70_000_000n })), /^exceeds block gas limit/);
  assert.match(
    await words(await signed({ value: parseEther('9000000') })),
    /^insufficient funds for gas \* price \+ value/,
  );
  assert.match(await words(await signed({ chainId: 1 })), /^invalid chain id/);
  assert.match(
    await words(
      await alice.signTransaction({ type: 'legacy', nonce, to: SINK, gas: 21_000n, gasPrice: 10n ** 10n }),
    ),
    /EIP-155/,
  );
  assert.match(await words('0x02c0'), /./);
  assert.match(await words('0x1234'), /./);
  const poor = testAccount('poor');
  assert.match(await words(await poor.signTransaction({ ...base, nonce: 0 })), /^insufficient funds/);
});

test('nonces out of order, replacement, and what is already known', async () => {
  const nonce = await client.getTransactionCount({ address: alice.address });
  const send = (raw: Hex) => chain.request('eth_sendRawTransaction', [raw]) as Promise<Hex>;
  const raws = await Promise.all(
    [0, 1, 2, 3].map((offset) => signTransfer(alice, 31178, nonce + offset, SINK)),
  );
  for (const offset of [3, 1, 2]) await send(raws[offset]!);
  assert.equal((await refusal('eth_sendRawTransaction', [raws[3]!])).message, 'already known');
  await chain.produce();
  assert.equal(
    await client.getTransactionCount({ address: alice.address }),
    nonce,
    'nothing goes before its turn',
  );
  const cheap = {
    type: 'eip1559',
    chainId: 31178,
    nonce: nonce + 3,
    to: SINK,
    gas: 21_000n,
    maxFeePerGas: 10_500_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
    value: 2n,
  } as const;
  assert.equal(
    (await refusal('eth_sendRawTransaction', [await alice.signTransaction(cheap)])).message,
    'replacement transaction underpriced',
  );
  const better = await alice.signTransaction({
    ...cheap,
    maxFeePerGas: 12_000_000_000n,
    maxPriorityFeePerGas: 2_000_000n,
  });
  await send(better);
  assert.equal(
    await chain.request('eth_getTransactionByHash', [keccak256(raws[3]!)]),
    null,
    'the replaced one is gone',
  );
  await send(raws[0]!);
  assert.equal(await client.getTransactionCount({ address: alice.address, blockTag: 'pending' }), nonce + 4);
  await client.waitForTransactionReceipt({ hash: keccak256(better) });
  assert.equal((await refusal('eth_sendRawTransaction', [raws[0]!])).message, 'already known');
  assert.equal(await client.getTransactionCount({ address: alice.address }), nonce + 4);
});
