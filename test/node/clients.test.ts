import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  Contract,
  ContractFactory,
  type ContractTransactionResponse,
  type EventLog,
  getAddress,
  type InterfaceAbi,
  isError,
  JsonRpcProvider,
  type Log,
  resolveAddress,
  type TransactionReceipt,
  Wallet,
  WebSocketProvider,
} from 'ethers';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import { compileProbe } from './chain-contracts.ts';
import { funded, temporaryDirectory, testAccount, testKey } from './chain-fixture.ts';
import { castAt, foundryBinary } from './foundry.ts';

/** Programs of others, as they come from npm, over real sockets: what they do elsewhere they do here. */
const CHAIN_ID = 31178;
const SINK = getAddress('0x00000000000000000000000000000000000005ee');
const [ellen, carl] = ['ellen', 'carl'].map(testAccount);
const { abi, bytecode } = compileProbe();
let chain: Chain;
let server: RpcServer;
let url: string;

before(async () => {
  chain = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(ellen!, carl!),
    gatherMs: 20,
  });
  server = await startRpcServer({ port: 0, chains: { '/execution': chain } });
  url = `${server.url}/execution`;
});

after(async () => {
  await server.close();
  await chain.close();
});

describe('ethers 6, unmodified', () => {
  // By default it answers the same question from memory for 250 ms, in which two of these blocks come.
  const options = { cacheTimeout: -1, pollingInterval: 50 };

  for (const [name, open] of [
    ['JsonRpcProvider', () => new JsonRpcProvider(url, undefined, options)],
    ['WebSocketProvider', () => new WebSocketProvider(url.replace('http', 'ws'), undefined, options)],
  ] as const)
    it(`works through its ${name}`, async () => {
      const provider = open();
      try {
        await useEthers(provider);
      } finally {
        await provider.destroy();
      }
    });

  it('sends and waits with its default options', async () => {
    const provider = new JsonRpcProvider(url);
    try {
      const sent = await new Wallet(testKey('ellen'), provider).sendTransaction({ to: SINK, value: 1n });
      assert.equal((await sent.wait())?.status, 1);
    } finally {
      provider.destroy();
    }
  });
});

async function useEthers(provider: JsonRpcProvider | WebSocketProvider): Promise<void> {
  const wallet = new Wallet(testKey('ellen'), provider);
  assert.equal((await provider.getNetwork()).chainId, BigInt(CHAIN_ID));
  assert.ok((await provider.getBalance(wallet.address)) > 10n ** 18n);
  const nonce = await provider.getTransactionCount(wallet.address, 'pending');
  const fees = await provider.getFeeData();
  assert.ok(fees.gasPrice && fees.maxFeePerGas && fees.maxPriorityFeePerGas);
  // An address needs no name service; a name on a chain without one is an error, not a wrong address.
  assert.equal(await resolveAddress(SINK, provider), SINK);
  await assert.rejects(provider.resolveName('nobody.eth'), { code: 'UNSUPPORTED_OPERATION' });

  const factory = new ContractFactory(abi as InterfaceAbi, bytecode, wallet);
  const deployed = await factory.deploy();
  await deployed.waitForDeployment();
  const probe = new Contract(await deployed.getAddress(), abi as InterfaceAbi, wallet);
  const created = await provider.getTransactionReceipt(deployed.deploymentTransaction()!.hash);
  assert.equal(created?.contractAddress, probe.target);
  assert.equal(created?.type, 2);

  // Types 0, 1 and 2, each read again as it was signed.
  const accessList = [{ address: SINK, storageKeys: [`0x${'00'.repeat(32)}`] }];
  for (const type of [0, 1, 2]) {
    const sent = await wallet.sendTransaction({
      to: SINK,
      value: 5n,
      type,
      ...(type === 1 && { accessList }),
      ...(type < 2 && { gasPrice: fees.gasPrice }),
    });
    const receipt = (await sent.wait())!;
    assert.deepEqual([receipt.status, receipt.type], [1, type]);
    const read = (await provider.getTransaction(sent.hash))!;
    assert.deepEqual([read.type, read.from, read.to, read.value], [type, wallet.address, SINK, 5n]);
    assert.equal(read.blockNumber, receipt.blockNumber);
    // ethers hashes the fields that it was given: they are all there, and are right.
    assert.equal(read.signature.serialized, sent.signature.serialized);
    if (type === 1) assert.deepEqual(read.accessList, accessList);
    const block = (await provider.getBlock(receipt.blockNumber, true))!;
    assert.equal(block.hash, receipt.blockHash);
    assert.ok(block.prefetchedTransactions.some(({ hash }) => hash === sent.hash));
  }
  assert.equal(await provider.getTransactionCount(wallet.address), nonce + 4);

  // A call, its revert with a custom error, and what cannot be estimated.
  assert.equal(await probe.getFunction('slots').staticCall(1), 0n);
  await assert.rejects(probe.getFunction('refuse').staticCall(7), (error) => {
    assert.ok(isError(error, 'CALL_EXCEPTION'));
    assert.equal(error.revert?.name, 'Refused');
    assert.deepEqual([...error.revert.args], [7n, 'no']);
    return true;
  });
  const { data } = await probe.getFunction('refuse').populateTransaction(7);
  await assert.rejects(wallet.estimateGas({ to: probe, data }), (error) => {
    assert.ok(isError(error, 'CALL_EXCEPTION'));
    assert.equal(probe.interface.parseError(error.data!)?.name, 'Refused');
    return true;
  });
  await assert.rejects(wallet.sendTransaction({ to: SINK, value: 10n ** 30n }), {
    code: 'INSUFFICIENT_FUNDS',
  });
  await assert.rejects(wallet.sendTransaction({ to: SINK, nonce, gasLimit: 21_000 }), {
    code: 'NONCE_EXPIRED',
  });

  // Subscriptions see what the queries find.
  const heard = new Promise<{ log: EventLog }>((resolve) => {
    void probe.once('Wrote', (_key, _value, event: { log: EventLog }) => resolve(event));
  });
  const head = new Promise<number>((resolve) => void provider.once('block', resolve));
  await provider.getBlockNumber();
  await probe.listeners();
  const fill = probe.getFunction('fill');
  const gas = await fill.estimateGas(1, 2, 9);
  const filled = (await ((await fill(1, 2, 9)) as ContractTransactionResponse).wait()) as TransactionReceipt;
  assert.ok(filled.gasUsed <= gas);
  assert.equal(filled.logs.length, 2);
  assert.ok((await head) <= filled.blockNumber);
  const { log } = await heard;
  assert.deepEqual([log.transactionHash, log.args.toArray()], [filled.hash, [1n, 9n]]);
  const topics = await probe.filters['Wrote']!(2).getTopicFilter();
  const found = await probe.queryFilter(probe.filters['Wrote']!(2), 0);
  assert.deepEqual(
    found.map((one) => [one.index, one.blockHash, (one as EventLog).args.toArray()]),
    [[1, filled.blockHash, [2n, 9n]]],
  );
  const logs: Log[] = await provider.getLogs({ address: String(probe.target), topics, fromBlock: 0 });
  assert.deepEqual(
    logs.map(({ transactionHash }) => transactionHash),
    [filled.hash],
  );

  const proof = (await provider.send('eth_getProof', [probe.target, [], 'latest'])) as {
    accountProof: string[];
    codeHash: string;
  };
  assert.ok(proof.accountProof.length > 0);
  assert.notEqual(await provider.getCode(probe), '0x');
  assert.equal(await provider.getStorage(SINK, 0), `0x${'00'.repeat(32)}`);
}

const binary = foundryBinary('cast');

describe("foundry's cast, unmodified", { skip: !binary && 'no cast from npm for this platform' }, () => {
  const key = ['--private-key', testKey('carl')];
  const cast = (...args: string[]) => castAt(binary!, url)(...args);
  const json = async (...args: string[]) =>
    JSON.parse(await cast(...args, '--json')) as Record<string, unknown>;
  let probe: string;

  it('reads the chain and an account', async () => {
    assert.equal(await cast('chain-id'), String(CHAIN_ID));
    assert.ok(Number(await cast('block-number')) >= 0);
    assert.equal(await cast('balance', carl!.address, '--ether'), '1000000.000000000000000000');
    assert.equal(await cast('nonce', carl!.address), '0');
    assert.ok(BigInt(await cast('gas-price')) > 0n);
    assert.ok(BigInt(await cast('base-fee')) > 0n);
    assert.match(await cast('client'), /^hsk-node\//);
    assert.equal(await cast('rpc', 'eth_chainId'), `"0x${CHAIN_ID.toString(16)}"`);
  });

  it('creates a contract, and sends of each type', async () => {
    const made = await json('send', ...key, '--create', bytecode);
    assert.equal(made.status, '0x1');
    probe = made.contractAddress as string;
    assert.equal(await cast('code', probe), await chain.request('eth_getCode', [probe, 'latest']));
    const types: [string[], string][] = [
      [['--legacy'], '0x0'],
      [['--access-list', `[{"address":"${SINK}","storageKeys":[]}]`, '--legacy'], '0x1'],
      [[], '0x2'],
    ];
    for (const [options, type] of types) {
      const sent = await json('send', ...key, ...options, '--value', '3', SINK);
      assert.equal(sent.status, '0x1');
      assert.equal(sent.type, type);
      const hash = sent.transactionHash as string;
      const { blockHash } = await json('tx', hash);
      assert.equal(blockHash, sent.blockHash);
      assert.equal((await json('receipt', hash)).gasUsed, sent.gasUsed);
    }
  });

  it('calls, estimates, and says why a call reverts', async () => {
    assert.equal(await cast('call', probe, 'balanceOf(address)(uint256)', SINK), '0');
    assert.ok(Number(await cast('estimate', probe, 'fill(uint256,uint256,uint256)', '1', '1', '5')) > 21_000);
    await assert.rejects(
      cast('call', probe, 'refuse(uint256)', '7'),
      /error code 3: execution reverted, data: "0xa85e02ba/,
    );
    assert.match(
      await cast('access-list', probe, 'fill(uint256,uint256,uint256)', '1', '1', '5'),
      new RegExp(`- address: ${probe}`, 'i'),
    );
  });

  it('finds logs, storage and proofs', async () => {
    const sent = await json('send', ...key, probe, 'fill(uint256,uint256,uint256)', '1', '2', '9');
    const logs = (await json(
      'logs',
      '--address',
      probe,
      '--from-block',
      '0',
      'Wrote(uint256 indexed,uint256)',
      '2',
    )) as unknown as {
      transactionHash: string;
    }[];
    assert.deepEqual(
      logs.map(({ transactionHash }) => transactionHash),
      [sent.transactionHash],
    );
    const slot = await cast('index', 'uint256', '1', '0');
    assert.equal(BigInt(await cast('storage', probe, slot)), 9n);
    const proof = await json('proof', probe, slot);
    assert.ok((proof.accountProof as unknown[]).length > 0);
    const [stored] = proof.storageProof as { value: string; proof: string[] }[];
    assert.equal(BigInt(stored!.value), 9n);
  });

  it('shows whole blocks, and publishes what was signed elsewhere', async () => {
    const raw = await cast('mktx', ...key, '--value', '1', SINK);
    const hash = await cast('publish', raw, '--async');
    const receipt = await json('receipt', hash);
    assert.equal(receipt.status, '0x1');
    const block = await json('block', String(BigInt(receipt.blockNumber as string)), '--full');
    assert.equal((block.transactions as { hash: string }[])[0]?.hash, hash);
    assert.equal(await cast('block', String(BigInt(block.number as string)), '--field', 'hash'), block.hash);
    assert.equal(
      await cast('block', String(BigInt(block.number as string)), '--raw').then((text) =>
        cast('keccak', text),
      ),
      block.hash,
    );
    await assert.rejects(cast('publish', raw), /nonce too low|already known/);
  });
});
