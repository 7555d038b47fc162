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
let sent: { hash: Hex; number: Hex; block: Hex };

before(async () => {
  chains = await SmallDeployment.open();
  await chains.transfer(holder.address, 1n);
  const { block, hash } = await chains.transfer(EMITTER, 3n, TOPIC);
  sent = { hash, number: numberToHex(block.header.number), block: block.hash };
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

/** What the chain itself says, of the newest attested block where the newest is asked for: it goes on by itself. */
async function claimed(method: string, ...params: unknown[]): Promise<unknown> {
  const attested = await ask('eth_blockNumber');
  if (method === 'eth_blockNumber') {
    const { attestation } = chains.latest as { attestation: { blockNumber: string } };
    return numberToHex(BigInt(attestation.blockNumber));
  }
  const at = (value: unknown): unknown =>
    value === 'latest'
      ? attested
      : (value as { toBlock?: string })?.toBlock === 'latest'
        ? { ...(value as object), toBlock: attested }
        : value;
  return chains.execution.request(method, params.map(at));
}

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
    ['eth_getProof', EMITTER, ['0x2', '0x3'], 'latest'],
    ['eth_getProof', '0x00000000000000000000000000000000000000dd', [], '0x1'],
    ['eth_getBlockTransactionCountByNumber', 'latest'],
    ['eth_getBlockByNumber', '0xffff', false],
    ['eth_getBlockByHash', keccak256('0x03'), false],
    ['eth_getTransactionByBlockNumberAndIndex', 'latest', '0x5'],
    ['eth_syncing'],
    ['net_version'],
  ] as const)
    it(`${method} ${JSON.stringify(params)} equals the chain's own answer`, async () => {
      assert.deepEqual(await ask(method, ...params), await claimed(method, ...params));
    });

  for (const [method, ...params] of [
    ['eth_getTransactionReceipt', () => sent.hash],
    ['eth_getTransactionByHash', () => sent.hash],
    ['eth_getTransactionByBlockNumberAndIndex', () => sent.number, () => '0x0'],
    ['eth_getTransactionByBlockHashAndIndex', () => sent.block, () => '0x0'],
  ] as const)
    it(`${method} says field by field what the chain says`, async () => {
      const asked = params.map((param) => param());
      const proven = (await ask(method, ...asked)) as Record<string, unknown>;
      const said = (await claimed(method, ...asked)) as Record<string, unknown>;
      for (const field of Object.keys(said)) assert.deepEqual(proven[field], said[field], field);
    });

  it('finds a block by its hash, by EIP-1898 and by its number alike', async () => {
    const byNumber = await ask('eth_getBlockByNumber', sent.number, true);
    assert.equal((byNumber as { hash: Hex }).hash, sent.block);
    assert.deepEqual(await ask('eth_getBlockByHash', sent.block, true), byNumber);
    assert.deepEqual(await ask('eth_getBlockByNumber', { blockHash: sent.block }, true), byNumber);
    const count = await ask('eth_getBlockTransactionCountByHash', sent.block);
    assert.equal(count, '0x1');
    const balances = [sent.number, { blockNumber: sent.number }, { blockHash: sent.block }].map((at) =>
      ask('eth_getBalance', EMITTER, at),
    );
    assert.equal(new Set(await Promise.all(balances)).size, 1);
    const logs = await ask('eth_getLogs', { blockHash: sent.block });
    assert.deepEqual(logs, await ask('eth_getLogs', { fromBlock: sent.number, toBlock: sent.number }));
    assert.equal((logs as unknown[]).length, 1);
  });

  it('gives all receipts of a block', async () => {
    const receipts = (await ask('eth_getBlockReceipts', sent.number)) as unknown[];
    assert.deepEqual(receipts, [await ask('eth_getTransactionReceipt', sent.hash)]);
  });

  it('refuses a block by hash for which the peer names another height', () =>
    lying(
      'eth_getBlockByHash',
      (answer) => ({ ...(answer as object), number: '0x1' }),
      async () => {
        await assert.rejects(
          ask('eth_getBalance', EMITTER, { blockHash: sent.block }),
          refuses('BLOCK_NOT_ATTESTED'),
        );
        await assert.rejects(ask('eth_getLogs', { blockHash: sent.block }), refuses('BLOCK_NOT_ATTESTED'));
      },
    ));

  it('proves fees from headers and tips from bodies', async () => {
    const params = ['0x3', 'latest', [10, 50, 90]];
    const proven = (await ask('eth_feeHistory', ...params)) as Record<string, unknown>;
    const said = (await claimed('eth_feeHistory', ...params)) as Record<string, unknown>;
    assert.equal((proven['reward'] as unknown[]).length, 3);
    for (const field of Object.keys(proven)) assert.deepEqual(proven[field], said[field], field);
    const next = BigInt((said['baseFeePerGas'] as Hex[]).at(-1)!);
    assert.equal(BigInt((await ask('eth_gasPrice')) as Hex), (next * 5n) / 4n);
  });

  it('eth_getBlockByNumber says of header and transactions what the chain says', async () => {
    const proven = (await ask('eth_getBlockByNumber', sent.number, false)) as Record<string, unknown>;
    const said = (await claimed('eth_getBlockByNumber', sent.number, false)) as Record<string, unknown>;
    for (const field of Object.keys(proven)) assert.deepEqual(proven[field], said[field], field);
  });

  it('refuses what it cannot prove and says what to use', async () => {
    for (const method of ['eth_maxPriorityFeePerGas', 'eth_subscribe', 'constructor', 'admin_addPeer'])
      await assert.rejects(ask(method), refuses('UNPROVEN_METHOD'));
    // Calls are executed here, and this client was given no EVM.
    await assert.rejects(ask('eth_call', { to: EMITTER }), refuses('EVM_UNAVAILABLE'));
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

  it('refuses code that is not the account’s', async () => {
    // A fresh client: the code is not yet known to it.
    const other = chains.client({
      lie: (_chain, method, _params, answer) => (method === 'eth_getCode' ? '0x6001' : answer),
    });
    await other.start(chains.firstProfile);
    await until(other, live);
    await assert.rejects(
      other.request({ method: 'eth_getCode', params: [EMITTER, 'latest'] }),
      refuses('CODE_HASH'),
    );
    other.stop();
  });

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
