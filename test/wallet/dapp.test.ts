import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BrowserProvider, Contract, isCallException } from 'ethers';
import {
  type Abi,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  custom,
  encodeFunctionData,
  type Hex,
  numberToHex,
  type PublicClient,
} from 'viem';
import type { LightClient } from '../../src/light-client/light-client.ts';
import type { SubscriptionMessage } from '../../src/light-client/watch.ts';
import { WalletProvider } from '../../src/wallet/provider.ts';
import type { Wallet } from '../../src/wallet/wallet.ts';
import { localEvm } from '../light-client/local-evm.ts';
import { holder, SmallDeployment } from '../light-client/small-deployment.ts';
import { live, until } from '../light-client/until.ts';
import { compileProbe } from '../node/chain-contracts.ts';
import { testChain } from '../node/chain-fixture.ts';

/** Libraries that dapps use, unmodified, on the wallet's provider: everything they show is proven. */
const { abi, bytecode } = compileProbe();
let chains: SmallDeployment;
let lightClient: LightClient;
let provider: WalletProvider;
let client: PublicClient;
let probe: Address;

before(async () => {
  chains = await SmallDeployment.open();
  probe = await chains.deploy(bytecode);
  await fill(1n);
  lightClient = chains.client({ evm: localEvm });
  await lightClient.start(chains.firstProfile);
  await until(lightClient, live);
  // The wallet as its provider sees it before anybody has connected.
  const wallet = Object.assign(new EventTarget(), { profile: chains.firstProfile, lightClient });
  provider = new WalletProvider(wallet as unknown as Wallet, 'https://dapp.example');
  client = createPublicClient({
    chain: testChain(chains.execution.chainId),
    transport: custom(provider, { retryCount: 0 }),
    pollingInterval: 50,
  });
});
after(async () => {
  lightClient.stop();
  await chains.close();
});

/** Writes 7 into three slots from here on, in an attested block. */
async function fill(from: bigint): Promise<void> {
  const input = encodeFunctionData({ abi: abi as Abi, functionName: 'fill', args: [from, 3n, 7n] });
  const { block } = await chains.transfer(probe, 0n, input);
  await chains.attest(block);
}

const contract = () => ({ address: probe, abi: abi as Abi });

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 8000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe('viem', () => {
  it('readContract, multicall and simulateContract', async () => {
    assert.equal(await client.readContract({ ...contract(), functionName: 'slots', args: [2n] }), 7n);
    const calls = [1n, 2n, 9n].map((slot) => ({ ...contract(), functionName: 'slots', args: [slot] }));
    const results = await client.multicall({ contracts: calls, deployless: true });
    assert.deepEqual(
      results.map(({ result }) => result),
      [7n, 7n, 0n],
    );
    const { result } = await client.simulateContract({
      ...contract(),
      functionName: 'transfer',
      args: [probe, 5n],
      account: holder.address,
    });
    assert.equal(result, true);
  });

  it('estimates what the chain does, and its fees', async () => {
    const request = { ...contract(), functionName: 'fill', args: [40n, 4n, 1n], account: holder.address };
    const data = encodeFunctionData({ abi: abi as Abi, functionName: 'fill', args: [40n, 4n, 1n] });
    const theirs = await chains.execution.request('eth_estimateGas', [
      { from: holder.address, to: probe, data },
    ]);
    assert.equal(await client.estimateContractGas(request), BigInt(theirs as Hex));
    const fees = await client.estimateFeesPerGas();
    assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas);
    assert.equal((await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] })).reward?.length, 2);
  });

  it('decodes what a contract reverts with', async () => {
    await assert.rejects(
      client.readContract({ ...contract(), functionName: 'refuse', args: [4n] }),
      (error: unknown) => {
        assert.ok(error instanceof BaseError);
        const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
        assert.ok(reverted instanceof ContractFunctionRevertedError, String(error));
        assert.equal(reverted.data?.errorName, 'Refused');
        assert.deepEqual(reverted.data?.args, [4n, 'no']);
        return true;
      },
    );
  });

  it('watches events and blocks', async () => {
    const seen: bigint[] = [];
    const blocks: bigint[] = [];
    const ends = [
      client.watchContractEvent({
        ...contract(),
        eventName: 'Wrote',
        onLogs: (logs) =>
          seen.push(...logs.map((log) => (log as unknown as { args: { key: bigint } }).args.key)),
      }),
      client.watchBlockNumber({ onBlockNumber: (number) => blocks.push(number) }),
    ];
    await eventually(() => (blocks.length ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await fill(60n);
    await eventually(() => (seen.length >= 3 ? true : undefined));
    assert.deepEqual(seen, [60n, 61n, 62n]);
    for (const end of ends) end();
  });
});

describe('ethers 6', () => {
  const open = () => new BrowserProvider(provider, undefined, { cacheTimeout: -1, pollingInterval: 50 });

  it('reads, estimates and decodes reverts through its Contract', async () => {
    const browser = open();
    const token = new Contract(probe, abi as never, browser);
    assert.equal(await token.getFunction('slots').staticCall(3n), 7n);
    const gas = await token.getFunction('fill').estimateGas(80n, 2n, 1n);
    assert.ok(gas > 60_000n && gas < 100_000n, String(gas));
    await assert.rejects(token.getFunction('refuse').staticCall(4n), (error: Error) => {
      assert.ok(isCallException(error), String(error));
      assert.equal(error.revert?.name, 'Refused');
      return true;
    });
    assert.equal((await browser.getBlock('latest'))?.number, Number(await browser.getBlockNumber()));
    browser.destroy();
  });

  it('hears events', async () => {
    const browser = open();
    const token = new Contract(probe, abi as never, browser);
    const keys: bigint[] = [];
    await token.on('Wrote', (key: bigint) => void keys.push(key));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await fill(90n);
    await eventually(() => (keys.length >= 3 ? true : undefined));
    assert.deepEqual(keys, [90n, 91n, 92n]);
    await token.removeAllListeners();
    browser.destroy();
  });
});

describe('subscriptions', () => {
  const request = (method: string, ...params: unknown[]) => provider.request({ method, params });

  it('tell of every verified head and of every log, until they end', async () => {
    const messages: SubscriptionMessage[] = [];
    const listen = (message: SubscriptionMessage) => messages.push(message);
    provider.on('message', listen);
    const heads = await request('eth_subscribe', 'newHeads');
    const logs = await request('eth_subscribe', 'logs', { address: probe });
    const from = BigInt((await request('eth_blockNumber')) as Hex);
    for (const start of [110n, 120n]) await fill(start);
    const of = (id: unknown) =>
      messages
        .filter(({ data }) => data.subscription === id)
        .map(({ data }) => data.result as Record<string, Hex>);
    await eventually(() => (of(logs).length >= 6 ? true : undefined));
    const top = BigInt((await request('eth_blockNumber')) as Hex);
    await eventually(() => (of(heads).length >= Number(top - from) ? true : undefined));
    for (const [index, head] of of(heads).entries()) {
      const number = numberToHex(from + 1n + BigInt(index));
      const block = (await request('eth_getBlockByNumber', number, false)) as Record<string, unknown>;
      for (const field of Object.keys(head)) assert.deepEqual(head[field], block[field], field);
    }
    const range = { address: probe, fromBlock: numberToHex(from + 1n), toBlock: numberToHex(top) };
    assert.deepEqual(of(logs), await request('eth_getLogs', range));

    for (const id of [heads, logs]) assert.equal(await request('eth_unsubscribe', id), true);
    assert.equal(await request('eth_unsubscribe', logs), false);
    const told = messages.length;
    await fill(130n);
    const beyond = top + 1n;
    await eventually(async () => BigInt((await request('eth_blockNumber')) as Hex) >= beyond || undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(messages.length, told);
    provider.removeListener('message', listen);
  });

  it('filters keep what nobody has asked for yet', async () => {
    const blocks = await request('eth_newBlockFilter');
    const logs = await request('eth_newFilter', { address: probe });
    const from = BigInt((await request('eth_blockNumber')) as Hex);
    await fill(140n);
    await eventually(async () => BigInt((await request('eth_blockNumber')) as Hex) > from || undefined);
    const found = (await request('eth_getFilterChanges', logs)) as unknown[];
    assert.equal(found.length, 3);
    assert.deepEqual(await request('eth_getFilterChanges', logs), []);
    const [hash] = (await request('eth_getFilterChanges', blocks)) as Hex[];
    const { number } = (await request('eth_getBlockByHash', hash, false)) as { number: Hex };
    assert.equal(BigInt(number), from + 1n);
    assert.equal(await request('eth_uninstallFilter', logs), true);
    await assert.rejects(request('eth_getFilterChanges', logs), {
      code: -32000,
      message: 'filter not found',
    });
    await assert.rejects(request('eth_newFilter', { address: '0x12' }), { code: -32602 });
    await assert.rejects(request('eth_subscribe', 'newPendingTransactions'), { code: -32602 });
  });
});
