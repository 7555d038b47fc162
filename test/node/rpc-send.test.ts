import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Hex, keccak256 } from 'viem';
import { sendRawTransactionSync } from 'viem/actions';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { RpcError } from '../../src/node/rpc/rpc-error.ts';
import { clientOf, funded, signTransfer, temporaryDirectory, testAccount } from './chain-fixture.ts';

const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
let chain: Chain;
let client: ReturnType<typeof clientOf>;
let nonce = 0;

before(async () => {
  chain = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(alice),
    gatherMs: 1e9,
    heartbeatMs: 1e9,
  });
  client = clientOf(chain, alice);
});

after(() => chain.close());

const sync = (...params: unknown[]) => chain.request('eth_sendRawTransactionSync', params);
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => assert.fail('not refused'),
    (error: unknown) => {
      assert.ok(error instanceof RpcError, String(error));
      return { code: error.code, message: error.message, data: error.data };
    },
  );
const inPool = (hash: Hex) =>
  new Promise<void>((resolve) => {
    const stop = chain.onPending((seen) => {
      if (seen !== hash) return;
      stop();
      resolve();
    });
  });
const sign = (at: number) => signTransfer(alice, chain.chainId, at, SINK);

test('the receipt comes with the block, through viem', async () => {
  const raw = await sign(nonce++);
  const pending = inPool(keccak256(raw));
  const answer = sendRawTransactionSync(client, { serializedTransaction: raw });
  await pending;
  const again = sync(raw, '0x2710');
  const block = await chain.produce();
  const receipt = await answer;
  assert.deepEqual([receipt.status, receipt.blockHash], ['success', block.hash]);
  assert.deepEqual(await again, await chain.request('eth_getTransactionReceipt', [keccak256(raw)]));
  assert.deepEqual(await sync(raw), await again, 'a repeated call finds the receipt at once');
});

test('a time that is over has code 4 and the hash; the transaction goes on', async () => {
  const raw = await sign(nonce++);
  const late = await refusal(sync(raw, 20));
  assert.deepEqual([late.code, late.data], [4, keccak256(raw)]);
  assert.deepEqual((await chain.produce()).transactionHashes, [keccak256(raw)]);
});

test('a replaced transaction has code 5, a nonce far ahead code 6 and the expected one', async () => {
  const at = nonce++;
  const raw = await sign(at);
  const pending = inPool(keccak256(raw));
  const answer = refusal(sync(raw));
  await pending;
  const better = await alice.signTransaction({
    type: 'eip1559',
    chainId: chain.chainId,
    nonce: at,
    to: SINK,
    gas: 21_000n,
    maxFeePerGas: 20_000_000_000n,
    maxPriorityFeePerGas: 5_000_000n,
  });
  await chain.request('eth_sendRawTransaction', [better]);
  await chain.produce();
  const { code, data } = await answer;
  assert.deepEqual([code, data], [5, keccak256(raw)]);
  const ahead = await refusal(sync(await sign(nonce + 5000)));
  assert.deepEqual([ahead.code, ahead.data], [6, `0x${nonce.toString(16)}`]);
});

test('what cannot be sent is refused as by eth_sendRawTransaction', async () => {
  for (const [params, code] of [
    [[], -32602],
    [['0x'], -32602],
    [['0x02'], -32000],
    [[await sign(0).then((raw) => `${raw}00`)], -32000],
    [[await sign(nonce), 'soon'], -32602],
    [[await sign(nonce), -1], -32602],
    [[await sign(nonce), 1.5], -32602],
  ] as const)
    assert.equal((await refusal(sync(...params))).code, code, JSON.stringify(params).slice(0, 40));
});

test('a chain that closes does not keep its callers waiting', async () => {
  const other = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc: funded(alice),
    gatherMs: 1e9,
    heartbeatMs: 1e9,
  });
  const answer = refusal(other.request('eth_sendRawTransactionSync', [await sign(0)]));
  await new Promise<void>((resolve) => {
    other.onPending(() => resolve());
  });
  await other.close();
  assert.equal((await answer).message, 'the node is stopping');
});
