import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { checkAccess } from '../../src/node/access/genesis.ts';
import { OPEN_ACCESS } from '../../src/node/access/options.ts';
import { AUDITOR } from '../../src/node/access/registry.ts';
import { readSettings } from '../../src/node/config/settings.ts';
import { openExecutionChain } from '../../src/node/chain/chain.ts';
import { answer, chainRun } from '../../src/node/rpc/dispatch.ts';
import { type AccessChain, type Call, openAccessChain, people } from './access-fixture.ts';
import { funded, temporaryDirectory, testKey } from './chain-fixture.ts';

const { admin, admitter, compliance, deployer, alice, bob, stranger } = people;
const SINK = '0x00000000000000000000000000000000000005ee';
const CREATE: Call = { to: undefined, data: '0x60006000f3' };

interface RpcFailure {
  code: number;
  message: string;
  data?: { code: string };
}

/** The error that a client sees over the wire. */
async function refusal(access: AccessChain, raw: Hex): Promise<RpcFailure | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] });
  return (JSON.parse((await answer(body, chainRun(access.chain)))!) as { error?: RpcFailure }).error;
}

test('only admitted accounts send, and the error says why', async (t) => {
  const access = await openAccessChain(t, { senders: 'admitted' });
  t.after(() => access.chain.close());
  const send = async (from = stranger) => refusal(access, await access.sign(from, { to: SINK, value: 1n }));
  assert.equal(await send(alice), undefined);
  const refused = await send(stranger);
  assert.deepEqual([refused?.code, refused?.data?.code], [-32000, 'SENDER_NOT_PERMITTED']);
  assert.equal(
    refused?.message,
    `sender not permitted: account ${stranger.address.toLowerCase()} is not admitted`,
  );
  assert.equal(await access.execute(admitter, access.registry('admit', [[stranger.address], false])), '0x1');
  assert.equal(await send(stranger), undefined, 'admitted by the block before');
  assert.equal((await access.chain.produce()).transactions.length, 1);
  assert.equal(await access.execute(admitter, access.registry('dismiss', [stranger.address])), '0x1');
  assert.match((await send(stranger))!.message, /is not admitted$/);
});

test('a suspension drops what waits, nonce gaps included, and holds with open senders too', async (t) => {
  for (const senders of ['admitted', 'open'] as const) {
    const access = await openAccessChain(t, { senders });
    const { chain } = access;
    const waiting = await Promise.all(
      [0, 1, 5].map((nonce) => access.sign(bob, { to: SINK, value: 1n, nonce })),
    );
    const first = await chain.request('eth_sendRawTransaction', [
      await access.sign(compliance, {
        ...access.registry('setSuspended', [bob.address, true]),
        tip: 10n ** 9n,
      }),
    ]);
    for (const raw of waiting) await chain.request('eth_sendRawTransaction', [raw]);
    // The suspension and what is in the same block: the rule is the head's, so it counts from the next one on.
    const block = await chain.produce();
    assert.equal(block.transactionHashes[0], first);
    await chain.request('eth_sendRawTransaction', [await access.sign(alice, { to: SINK })]);
    const next = await chain.produce();
    assert.deepEqual(next.senders, [alice.address.toLowerCase()]);
    assert.equal(
      await chain.request('txpool_status').then((status) => (status as { pending: Hex }).pending),
      '0x0',
    );
    const refused = await refusal(access, await access.sign(bob, { to: SINK }));
    assert.match(refused!.message, /^sender not permitted: account 0x[0-9a-f]{40} is suspended$/);
    assert.equal(
      await access.execute(compliance, access.registry('setSuspended', [bob.address, false])),
      '0x1',
    );
    assert.equal(await access.execute(bob, { to: SINK, value: 1n }), '0x1');
    await chain.close();
  }
});

test('a call that waits for a dropped transaction is told so', async (t) => {
  const access = await openAccessChain(t, {});
  t.after(() => access.chain.close());
  const { chain } = access;
  assert.equal(await access.execute(alice, { to: SINK }), '0x1');
  await chain.request('eth_sendRawTransaction', [
    await access.sign(compliance, access.registry('setSuspended', [bob.address, true])),
  ]);
  const answered = chain.request('eth_sendRawTransactionSync', [
    await access.sign(bob, { to: SINK, nonce: 3 }),
  ]);
  await new Promise<void>((resolve) => chain.onPending(() => resolve()));
  const dropped = assert.rejects(answered, { code: 5 });
  await chain.produce();
  await chain.produce();
  await dropped;
});

test('the pool is judged again after a restart', async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await openAccessChain(t, { senders: 'open' }, { directory });
  await before.chain.request('eth_sendRawTransaction', [await before.sign(stranger, { to: SINK })]);
  await before.chain.close();
  const after = await openAccessChain(t, { senders: 'admitted' }, { directory });
  assert.equal((await after.chain.produce()).transactions.length, 0);
  await after.chain.close();
});

test('free gas: no base fee in any block, a price for who has none, useful answers', async (t) => {
  const directory = await temporaryDirectory(t);
  let access = await openAccessChain(t, { gas: 'free', senders: 'open' }, { directory });
  const { chain } = access;
  const poor = privateKeyToAccount(testKey('without a coin'));
  assert.equal(await access.execute(admitter, access.registry('admit', [[poor.address], true])), '0x1');
  assert.equal(await access.execute(poor, { to: SINK }), '0x1', 'not a wei for gas');
  assert.equal(await chain.request('eth_getBalance', [poor.address]), '0x0');
  const refused = await refusal(access, await access.sign(bob, { to: SINK, tip: 999_999n }));
  assert.equal(refused?.data?.code, 'SENDER_PAYS_TOO_LITTLE');
  assert.match(refused!.message, /^transaction underpriced: .* tip 999999, minimum 1000000$/);
  assert.equal(await access.execute(bob, { to: SINK, tip: 1_000_000n }), '0x1');
  assert.equal(await chain.request('eth_gasPrice'), '0xf4240');
  assert.equal(await chain.request('eth_maxPriorityFeePerGas'), '0xf4240');
  const history = (await chain.request('eth_feeHistory', ['0x4', 'latest', [50]])) as Record<string, Hex[]>;
  assert.deepEqual(history.baseFeePerGas, ['0x0', '0x0', '0x0', '0x0', '0x0']);
  assert.equal(await access.execute(admin, access.registry('setMinimumTip', [7n])), '0x1');
  assert.equal(await chain.request('eth_gasPrice'), '0x7');
  assert.equal(await access.execute(bob, { to: SINK, tip: 7n }), '0x1');
  const head = chain.head();
  for (let number = 0; number <= Number(head.header.number); number++)
    assert.equal(chain.block(number)!.header.baseFeePerGas, 0n);
  await chain.close();
  // The log is executed again; the flag no longer decides.
  access = await openAccessChain(t, { gas: 'market' }, { directory });
  assert.equal(access.chain.head().hash, head.hash);
  assert.equal((await access.chain.produce()).header.baseFeePerGas, 0n);
  await assert.rejects(checkAccess(access.chain, OPEN_ACCESS), { code: 'ACCESS_OTHER_GAS' });
  await checkAccess(access.chain, { ...OPEN_ACCESS, gas: 'free' });
  await access.chain.close();
});

test('only deployers create contracts where that is asked', async (t) => {
  const access = await openAccessChain(t, { deployersOnly: true });
  t.after(() => access.chain.close());
  assert.match(
    (await refusal(access, await access.sign(alice, CREATE)))!.message,
    /^sender not permitted: account 0x[0-9a-f]{40} may not create contracts$/,
  );
  assert.equal(await access.execute(deployer, CREATE), '0x1');
});

test('roles do what they are for and nothing else; the admin changes in two steps', async (t) => {
  const access = await openAccessChain(t, { senders: 'open' });
  t.after(() => access.chain.close());
  const { registry } = access;
  const table: [typeof alice, Call, Hex][] = [
    [alice, registry('admit', [[bob.address], true]), '0x0'],
    [compliance, registry('admit', [[bob.address], true]), '0x0'],
    [admitter, registry('setSuspended', [bob.address, true]), '0x0'],
    [admitter, registry('setRole', [admitter.address, AUDITOR, true]), '0x0'],
    [compliance, registry('setSuspended', [admin.address, true]), '0x0'],
    [admitter, registry('setMinimumTip', [0n]), '0x0'],
    [admin, registry('setRole', [alice.address, 1n, true]), '0x0'],
    [admin, registry('setRole', [alice.address, 0n, true]), '0x0'],
    [admitter, registry('admit', [['0x0000000000000000000000000000000000000000'], true]), '0x0'],
    [admin, registry('setRole', [alice.address, AUDITOR, true]), '0x1'],
    [admin, registry('admit', [[stranger.address], false]), '0x1'],
    [alice, registry('setDisclosure', [SINK, 7n, []]), '0x0'],
    [admin, registry('setDisclosure', [SINK, 7n, []]), '0x0'],
    [alice, registry('transferAdmin', [alice.address]), '0x0'],
    [admin, registry('transferAdmin', [bob.address]), '0x1'],
    [alice, registry('acceptAdmin', []), '0x0'],
    [bob, registry('setMinimumTip', [1n]), '0x0'],
    [bob, registry('acceptAdmin', []), '0x1'],
    [bob, registry('setMinimumTip', [1n]), '0x1'],
    [admin, registry('setMinimumTip', [2n]), '0x0'],
  ];
  for (const [index, [from, call, status]] of table.entries())
    assert.equal(await access.execute(from, { ...call, gas: 400_000n }), status, `row ${index}`);
});

test('an old data directory without the registry is not closed by a flag', async (t) => {
  const chain = await openExecutionChain({
    directory: await temporaryDirectory(t),
    alloc: funded(alice),
    gatherMs: 1e9,
    heartbeatMs: 1e9,
  });
  t.after(() => chain.close());
  await checkAccess(chain, OPEN_ACCESS);
  for (const options of [{ senders: 'admitted' }, { reads: 'private' }] as const)
    await assert.rejects(checkAccess(chain, { ...OPEN_ACCESS, ...options }), {
      code: 'ACCESS_REGISTRY_MISSING',
    });
  assert.throws(() => readSettings(['reads'], ['--reads', 'secret']), { code: 'NODE_USAGE' });
});
