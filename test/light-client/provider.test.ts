import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Hex, keccak256, numberToHex } from 'viem';
import type { LightClient } from '../../src/light-client/light-client.ts';
import { EMITTER, holder, type Lie, SmallDeployment } from './small-deployment.ts';
import { live, refuses, until } from './until.ts';

const TOPIC = numberToHex(0xabcn, { size: 32 });

let chains: SmallDeployment;
let client: LightClient;
let lie: Lie | undefined;
let sent: { hash: Hex; number: Hex };

before(async () => {
  chains = await SmallDeployment.open();
  await chains.transfer(holder.address, 1n);
  const { block, hash } = await chains.transfer(EMITTER, 3n, TOPIC);
  sent = { hash, number: numberToHex(block.header.number) };
  await chains.attest((await chains.transfer(holder.address, 2n)).block);
  client = chains.client({
    lie: (chain, method, params, answer) => (lie ? lie(chain, method, params, answer) : answer),
  });
  await client.start(chains.firstProfile);
  await until(client, live);
});
after(async () => {
  client.stop();
  await chains.close();
});

const ask = (method: string, ...params: unknown[]) => client.request({ method, params });

/** The peer alters answers to one method while `work` runs. */
async function lying(
  method: string,
  alter: (answer: never) => unknown,
  work: () => Promise<void>,
): Promise<void> {
  lie = (_chain, asked, _params, answer) => (asked === method ? alter(answer as never) : answer);
  try {
    await work();
  } finally {
    lie = undefined;
  }
}

describe('EIP-1193 provider', () => {
  // What the chain itself says is what a proof must lead to.
  for (const [method, ...params] of [
    ['eth_chainId'],
    ['eth_blockNumber'],
    ['eth_getBalance', EMITTER, 'latest'],
    ['eth_getBalance', EMITTER, '0x0'],
    ['eth_getTransactionCount', holder.address, 'pending'],
    ['eth_getCode', EMITTER, 'latest'],
    ['eth_getCode', '0x00000000000000000000000000000000000000dd', 'latest'],
    ['eth_getStorageAt', EMITTER, '0x2', 'latest'],
    ['eth_getStorageAt', EMITTER, '0x3', 'latest'],
    ['eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', address: EMITTER, topics: [TOPIC] }],
    ['eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', topics: [null] }],
    ['eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', address: holder.address }],
  ] as const)
    it(`${method} ${JSON.stringify(params)} equals the chain's own answer`, async () => {
      assert.deepEqual(await ask(method, ...params), await chains.execution.request(method, [...params]));
    });

  for (const method of ['eth_getTransactionReceipt', 'eth_getTransactionByHash'])
    it(`${method} says field by field what the chain says`, async () => {
      const proven = (await ask(method, sent.hash)) as Record<string, unknown>;
      const claimed = (await chains.execution.request(method, [sent.hash])) as Record<string, unknown>;
      for (const field of Object.keys(claimed)) assert.deepEqual(proven[field], claimed[field], field);
    });

  it('eth_getBlockByNumber says of header and transactions what the chain says', async () => {
    const proven = (await ask('eth_getBlockByNumber', sent.number, false)) as Record<string, unknown>;
    const claimed = (await chains.execution.request('eth_getBlockByNumber', [sent.number, false])) as Record<
      string,
      unknown
    >;
    for (const field of Object.keys(proven)) assert.deepEqual(proven[field], claimed[field], field);
  });

  it('refuses what it cannot prove and says what to use', async () => {
    for (const method of [
      'eth_call',
      'eth_estimateGas',
      'eth_getBlockByHash',
      'constructor',
      'admin_addPeer',
    ])
      await assert.rejects(ask(method), refuses('UNPROVEN_METHOD'));
    await assert.rejects(client.requestUnverified({ method: 'eth_call' }), refuses('UNPROVEN_METHOD'));
  });

  it('hands on an estimate, marked', async () => {
    const request = { from: holder.address, to: EMITTER, data: TOPIC };
    const answer = await client.requestUnverified({ method: 'eth_estimateGas', params: [request] });
    assert.equal(answer.unverified, true);
    assert.ok(BigInt(answer.value as string) > 21_000n);
  });

  it('knows nothing of a transaction that is in no attested block', async () => {
    assert.equal(await ask('eth_getTransactionReceipt', keccak256('0x01')), null);
  });

  it('refuses code that is not the account’s', () =>
    lying(
      'eth_getCode',
      () => '0x6001',
      () => assert.rejects(ask('eth_getCode', EMITTER, 'latest'), refuses('CODE_HASH')),
    ));

  it('refuses a broadcast that the peer answers with another hash', async () => {
    const raw = await holder.signTransaction({
      chainId: chains.execution.chainId,
      nonce: 3,
      to: EMITTER,
      gas: 30_000n,
      maxFeePerGas: 10_000_000_000n,
      maxPriorityFeePerGas: 0n,
    });
    await lying(
      'eth_sendRawTransaction',
      () => keccak256('0x02'),
      () => assert.rejects(ask('eth_sendRawTransaction', raw), refuses('TRANSACTION_HASH')),
    );
  });

  it('refuses a log that was altered, and notices one left out', async () => {
    // A fresh client: the block's body is not yet known to it.
    const other = chains.client({
      lie: (_chain, method, _params, answer) =>
        method === 'eth_getBlockReceipts'
          ? (answer as { logs: unknown[] }[]).map((r) => ({ ...r, logs: [] }))
          : answer,
    });
    await other.start(chains.firstProfile);
    await until(other, live);
    await assert.rejects(
      other.request({
        method: 'eth_getLogs',
        params: [{ fromBlock: '0x0', toBlock: 'latest', address: EMITTER }],
      }),
      refuses('RECEIPTS_ROOT'),
    );
    other.stop();
  });

  it('refuses another account’s proof', async () => {
    const other = chains.client({
      lie: (chain, method, params, answer) =>
        chain === 'execution' && method === 'eth_getProof' && params[0] === EMITTER
          ? chains.execution.request(method, [holder.address, ...params.slice(1)])
          : answer,
    });
    await other.start(chains.firstProfile);
    await until(other, live);
    await assert.rejects(
      other.read({ kind: 'account', address: EMITTER }),
      (error: { code?: string }) => error.code?.startsWith('TRIE_') === true,
    );
    other.stop();
  });
});
