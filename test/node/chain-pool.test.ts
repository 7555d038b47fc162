import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { toBytes } from '../../src/node/chain/bytes.ts';
import { chainCommon } from '../../src/node/chain/common.ts';
import { type PoolLimits, TransactionPool } from '../../src/node/chain/pool.ts';
import { decodeTransaction, type SignedTransaction } from '../../src/node/chain/transaction.ts';
import { nativeAccount } from '../../src/node/keys/native-account.ts';
import { testKey } from './chain-fixture.ts';

const common = chainCommon(31178);
const RICH = { nonce: 0n, balance: 10n ** 24n, contract: false };
const GAS_LIMIT = 30_000_000n;
const HOUR = 3_600_000;

async function transaction(sender: string, nonce: number, tip: number): Promise<SignedTransaction> {
  const raw = await nativeAccount(testKey(sender)).signTransaction({
    type: 'eip1559',
    chainId: 31178,
    nonce,
    to: `0x${'11'.repeat(20)}`,
    gas: 21_000n,
    maxFeePerGas: 1_000n,
    maxPriorityFeePerGas: BigInt(tip),
  });
  return decodeTransaction(toBytes(raw as Hex), common);
}

function poolOf(limits: Partial<PoolLimits>) {
  const pool = new TransactionPool(limits);
  const offer = async (sender: string, nonce: number, tip: number, now = 0) => {
    const offered = await transaction(sender, nonce, tip);
    pool.check(offered, RICH, GAS_LIMIT);
    return pool.add(offered, RICH.nonce, now);
  };
  return { pool, offer };
}

const full = { code: 'TRANSACTION_REFUSED', shortMessage: 'txpool is full' };

test('a full pool gives up the last nonce of whoever pays least, for somebody who pays more', async () => {
  const { pool, offer } = poolOf({ total: 4 });
  await offer('a', 0, 9);
  await offer('a', 1, 2);
  await offer('b', 0, 5);
  await offer('c', 0, 4);
  await assert.rejects(offer('d', 0, 1), full);
  await assert.rejects(offer('d', 0, 2), full, 'the same tip is not more');
  assert.equal((await offer('d', 0, 3))?.hash, (await transaction('a', 1, 2)).hash);
  // a's first nonce is its last one now, and pays best.
  assert.equal((await offer('e', 0, 8))?.hash, (await transaction('d', 0, 3)).hash);
  assert.equal((await offer('f', 0, 8))?.hash, (await transaction('c', 0, 4)).hash);
  await assert.rejects(offer('g', 1, 100), full, 'what waits for an earlier nonce takes nobody’s place');
  assert.equal(pool.size, 4);
});

test('a sender of a full pool never makes a gap in its own nonces', async () => {
  const { pool, offer } = poolOf({ total: 3 });
  for (const nonce of [0, 1, 2]) await offer('a', nonce, 1);
  await assert.rejects(offer('a', 3, 50), full);
  assert.equal((await offer('b', 0, 2))?.tx.nonce, 2n);
  assert.equal(pool.size, 3);
});

test('gapped nonces go first, whatever they offer, and none stays longer than its time', async () => {
  const { pool, offer } = poolOf({ total: 3, gapLifetime: 3 * HOUR });
  await offer('a', 0, 1);
  await offer('b', 7, 1000);
  await offer('b', 8, 1000);
  assert.equal((await offer('c', 0, 1))?.tx.nonce, 8n);
  assert.deepEqual(pool.expire(HOUR), []);
  assert.deepEqual(
    pool.expire(3 * HOUR + 60_000).map(({ tx }) => tx.nonce),
    [7n],
  );
  assert.equal(pool.size, 2);
  await offer('d', 1, 1, 4 * HOUR);
  await offer('e', 0, 2, 4 * HOUR);
  assert.equal(pool.size, 3, 'the gapped one gave way');
  assert.deepEqual(pool.expire(100 * HOUR), [], 'what can go into a block waits as long as it takes');
});

test('a pool that was flooded with future nonces takes everybody again', async () => {
  const { pool, offer } = poolOf({ total: 40 });
  for (let sender = 0; sender < 40; sender++) await offer(`flood ${sender}`, 5, 1_000);
  for (let sender = 0; sender < 40; sender++) await offer(`honest ${sender}`, 0, 1);
  assert.ok(pool.all().every(({ tx }) => tx.nonce === 0n));
});

test('the window for future nonces, the limit of one sender, and replacement by a tenth more', async () => {
  const { offer } = poolOf({ perSender: 3, nonceWindow: 4n });
  await assert.rejects(offer('a', 5, 1), { shortMessage: /^nonce too high/ });
  await offer('a', 4, 10);
  await offer('a', 0, 10);
  await offer('a', 1, 10);
  await assert.rejects(offer('a', 2, 10), { shortMessage: /^account limit exceeded/ });
  // The fee cap of the fixture stays the same, and counts too.
  await assert.rejects(offer('a', 0, 11), { shortMessage: 'replacement transaction underpriced' });
});
