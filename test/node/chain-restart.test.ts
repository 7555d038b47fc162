import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import {
  clientOf,
  funded,
  signTransfer,
  temporaryDirectory,
  testAccount,
  testKey,
  VALIDATOR_KEYS,
} from './chain-fixture.ts';
import { killRun } from './kill-run.ts';

const alice = testAccount('alice');
const bob = testAccount('bob');
const alloc = funded(alice, bob);
const SINK = '0x00000000000000000000000000000000000005ee';

const execution = (directory: string) => openExecutionChain({ directory, alloc, gatherMs: 20 });
const mainchain = (directory: string) =>
  openMainchain({ directory, alloc, validatorKeys: VALIDATOR_KEYS, periodSeconds: 1 });

for (const [name, open] of [
  ['execution chain', execution],
  ['mainchain', mainchain],
] as const) {
  test(`${name}: a new directory is usable at once, and a restart continues it`, async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await open(directory);
    const genesis = first.head();
    assert.equal(genesis.header.number, 0n);
    const client = clientOf(first, alice);
    const hash = await client.sendTransaction({ to: SINK, value: 7n });
    const receipt = await client.waitForTransactionReceipt({ hash });
    await first.close();
    const head = first.head();

    const second = await open(directory);
    assert.deepEqual(second.head(), head);
    assert.deepEqual(second.block(0), genesis);
    const again = clientOf(second, alice);
    assert.equal(await again.getBalance({ address: SINK }), 7n);
    assert.equal(await again.getBalance({ address: SINK, blockNumber: 0n }), 0n);
    assert.deepEqual(await again.getTransactionReceipt({ hash }), receipt);
    await again.waitForTransactionReceipt({ hash: await again.sendTransaction({ to: SINK, value: 1n }) });
    assert.equal(await again.getBalance({ address: SINK }), 8n);
    await second.close();
  });

  test(`${name}: without its index it is rebuilt from the log to the same head`, async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await open(directory);
    const client = clientOf(first, alice);
    for (let round = 0; round < 3; round++) {
      const hash = await client.sendTransaction({ to: SINK, value: 1n });
      await client.waitForTransactionReceipt({ hash });
    }
    await first.close();
    await rm(join(directory, 'index'), { recursive: true });
    const second = await open(directory);
    assert.deepEqual(second.head(), first.head());
    assert.equal(await clientOf(second, alice).getBalance({ address: SINK }), 3n);
    await second.close();
  });
}

test('what waits in the pool survives a restart, gapped nonces too', async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await execution(directory);
  const gapped = await first.request('eth_sendRawTransaction', [await signTransfer(alice, 31178, 1, SINK)]);
  await first.close();
  const second = await execution(directory);
  const found = (await second.request('eth_getTransactionByHash', [gapped])) as { blockHash: null };
  assert.equal(found.blockHash, null);
  await second.request('eth_sendRawTransaction', [await signTransfer(alice, 31178, 0, SINK)]);
  await clientOf(second, alice).waitForTransactionReceipt({ hash: gapped as Hex });
  await second.close();
});

test('another chain id, other validators or a second process are refused', async (t) => {
  const directory = await temporaryDirectory(t);
  const chain = await mainchain(directory);
  await assert.rejects(mainchain(directory), { code: 'STORE_LOCKED' });
  await chain.close();
  const strangers = ['a', 'b', 'c', 'd'].map(testKey);
  await assert.rejects(openMainchain({ directory, alloc, validatorKeys: strangers }), {
    code: 'CHAIN_GENESIS_MISMATCH',
  });
  await assert.rejects(openMainchain({ directory, alloc, validatorKeys: VALIDATOR_KEYS, chainId: 5 }), {
    code: 'CHAIN_GENESIS_MISMATCH',
  });
  await (await mainchain(directory)).close();
});

for (const kind of ['execution', 'mainchain'] as const) {
  test(`${kind}: kill -9 under load loses nothing acknowledged`, { timeout: 120_000 }, async (t) => {
    const counts = await killRun({ kind, directory: await temporaryDirectory(t), kills: 3, seed: 1 });
    assert.equal(counts.kills, 3);
    assert.ok(counts.acknowledged > 60, `there was load: ${counts.acknowledged} transactions`);
    assert.equal(counts.found, counts.acknowledged);
    assert.equal(counts.rootsCompared, 3);
  });
}
