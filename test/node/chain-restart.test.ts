import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Hex, keccak256 } from 'viem';
import { type Chain, openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import { HskError } from '../../src/protocol/errors.ts';
import {
  clientOf,
  funded,
  signTransfer,
  temporaryDirectory,
  testAccount,
  testKey,
  VALIDATOR_KEYS,
} from './chain-fixture.ts';

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
    const directory = await temporaryDirectory(t);
    const acknowledged = new Map<Hex, string>();
    const seenHeads = new Map<number, Hex>();
    const chainId = kind === 'execution' ? 31178 : 31177;
    let nonce = 0;
    for (let round = 0; round < 3; round++) {
      const child = await startChild(kind, directory, t);
      const rpc = (method: string, params: unknown[]) => call(child.url, method, params);
      nonce = Number(await rpc('eth_getTransactionCount', [alice.address, 'pending']));
      const stopAt = Date.now() + 900 + 500 * round;
      const watch = (async () => {
        while (Date.now() < stopAt) {
          const head = (await rpc('eth_getBlockByNumber', ['latest', false])) as { number: Hex; hash: Hex };
          seenHeads.set(Number(head.number), head.hash);
        }
      })().catch(() => undefined);
      const load = (async () => {
        while (Date.now() < stopAt + 5000) {
          const batch = await Promise.all(
            Array.from({ length: 20 }, () => signTransfer(alice, chainId, nonce++, SINK)),
          );
          await Promise.all(
            batch.map(async (raw) => {
              const hash = await rpc('eth_sendRawTransaction', [raw]).catch((error: HskError) => {
                // A nonce behind a gap of the last round: the same bytes are signed again.
                if (error.shortMessage === 'already known') return keccak256(raw);
                throw error;
              });
              acknowledged.set(hash as Hex, raw);
            }),
          );
        }
      })().catch(() => undefined);
      setTimeout(() => child.process.kill('SIGKILL'), Math.max(0, stopAt - Date.now()));
      await once(child.process, 'exit');
      await Promise.all([watch, load]);
      // A write that was under way when the process died.
      if (round === 1) await appendFile(join(directory, 'chain.log'), Buffer.from('0000004000', 'hex'));
    }
    assert.ok(acknowledged.size > 60, `there was load: ${acknowledged.size} transactions`);

    const chain = await (kind === 'execution' ? execution(directory) : mainchain(directory));
    for (const [number, hash] of seenHeads)
      assert.equal(chain.block(number)?.hash, hash, `block ${number} is the one that was seen`);
    await drained(chain, chainId);
    for (const [hash] of acknowledged) {
      const receipt = (await chain.request('eth_getTransactionReceipt', [hash])) as { status: string };
      assert.equal(receipt?.status, '0x1', `${hash} has a receipt`);
    }
    await chain.close();
  });
}

/** Includes everything that waits; a nonce whose request died unacknowledged is filled in. */
async function drained(chain: Chain, chainId: number): Promise<void> {
  for (;;) {
    await chain.produce();
    const { pending } = (await chain.request('txpool_status')) as { pending: string };
    if (pending === '0x0') return;
    const free = Number(await chain.request('eth_getTransactionCount', [alice.address, 'pending']));
    const done = Number(await chain.request('eth_getTransactionCount', [alice.address]));
    if (free === done)
      await chain.request('eth_sendRawTransaction', [await signTransfer(alice, chainId, free, SINK)]);
  }
}

async function startChild(kind: string, directory: string, t: { after(done: () => void): void }) {
  const script = fileURLToPath(new URL('chain-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, kind, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [url] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { process: child, url };
}

async function call(url: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error) throw new HskError('TEST_RPC_FAILED', error.message);
  return result;
}
