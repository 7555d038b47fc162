import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Abi, encodeFunctionData, getContractAddress, type Hex, keccak256 } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { WebSocket } from 'ws';
import { hongKongDollarAbi, hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { compile } from '../../src/contracts/compile.ts';
import { POLICY, SUBSCRIPTIONS } from '../../src/node/access/policy.ts';
import {
  ACCESS_REGISTRY,
  AUDITOR,
  mappingSlot,
  PUBLIC_CODE,
  PUBLIC_LOGS,
  PUBLIC_STATE,
  wordSlot,
} from '../../src/node/access/registry.ts';
import { SESSION_METHODS } from '../../src/node/access/guarded-view.ts';
import { trustMethods } from '../../src/node/anchorer/methods.ts';
import type { Ledger } from '../../src/node/chain/ledger.ts';
import { createMethods } from '../../src/node/rpc/methods.ts';
import { verifyTrieProof } from '../../src/protocol/mpt.ts';
import { people } from './access-fixture.ts';
import { type Answer, openPrivateChain, type PrivateChain, SINK } from './access-private-fixture.ts';

const { alice, bob, auditor, admin, compliance, deployer } = people;
let node: PrivateChain;
let sessions: Record<'alice' | 'bob' | 'auditor' | 'stranger', string>;
/** What of Alice's nobody else may see: her address, her transaction, its bytes. */
let secrets: string[];

before(async () => {
  node = await openPrivateChain();
  sessions = {
    alice: await node.signIn(alice),
    bob: await node.signIn(bob),
    auditor: await node.signIn(auditor),
    stranger: await node.signIn(people.stranger),
  };
  const raw = (await node.chain.request('eth_getRawTransactionByHash', [node.aliceMoves])) as Hex;
  secrets = [alice.address.slice(2).toLowerCase(), node.aliceMoves.slice(2), raw.slice(2)];
});
after(() => node.close());

const latest = 'latest';
const balanceOf = (holder: Hex) => ({
  to: node.token,
  data: encodeFunctionData({ abi: hongKongDollarAbi, functionName: 'balanceOf', args: [holder] }),
});
const balanceSlot = (holder: Hex) => mappingSlot(holder, hongKongDollarSlots.balances);
const head = () => node.chain.head();

/** Each method asked about Alice's own affairs; absent: it takes nothing that could be about somebody. */
function aboutAlice(): Record<string, unknown[]> {
  const number = `0x${head().header.number.toString(16)}`;
  const { hash, transactionHashes } = head();
  const index = `0x${transactionHashes.indexOf(node.aliceMoves).toString(16)}`;
  const { address } = alice;
  return {
    eth_getBlockByNumber: [number, true],
    eth_getBlockByHash: [hash, true],
    eth_getBlockTransactionCountByNumber: [number],
    eth_getBlockTransactionCountByHash: [hash],
    eth_getUncleCountByBlockNumber: [number],
    eth_getUncleCountByBlockHash: [hash],
    eth_getTransactionByBlockNumberAndIndex: [number, index],
    eth_getTransactionByBlockHashAndIndex: [hash, index],
    eth_getRawTransactionByBlockNumberAndIndex: [number, index],
    eth_getRawTransactionByBlockHashAndIndex: [hash, index],
    eth_getTransactionByHash: [node.aliceMoves],
    eth_getRawTransactionByHash: [node.aliceMoves],
    eth_getTransactionReceipt: [node.aliceMoves],
    eth_getBlockReceipts: [number],
    hsk_getTransactionProof: [node.aliceMoves],
    hsk_getReceiptProof: [node.aliceMoves],
    eth_getBalance: [address, latest],
    eth_getTransactionCount: [address, latest],
    eth_getCode: [address, latest],
    eth_getStorageAt: [node.token, balanceSlot(address), latest],
    eth_getProof: [node.token, [balanceSlot(address)], latest],
    eth_call: [{ ...balanceOf(address), from: address }, latest],
    eth_estimateGas: [{ ...balanceOf(address), from: address }, latest],
    eth_createAccessList: [{ ...balanceOf(address), from: address }, latest],
    eth_simulateV1: [{ blockStateCalls: [{ calls: [balanceOf(address)] }] }, latest],
    eth_getLogs: [{ fromBlock: '0x0', topics: [null, `0x${address.slice(2).padStart(64, '0')}`] }],
    eth_newFilter: [{ fromBlock: '0x0' }],
    eth_feeHistory: ['0x4', latest, [50]],
    eth_sendRawTransaction: ['0x00'],
    eth_sendRawTransactionSync: ['0x00'],
    web3_sha3: ['0x00'],
    eth_getFilterChanges: ['0x1'],
    eth_getFilterLogs: ['0x1'],
    eth_uninstallFilter: ['0x1'],
  };
}

function leaks(answer: Answer): boolean {
  const text = JSON.stringify(answer).toLowerCase();
  return secrets.some((secret) => text.includes(secret));
}

test('every method that a chain has is classified, and nothing else is answered', async () => {
  const trust = trustMethods(
    { profile: { mainchain: { contracts: {} } } } as never,
    {} as never,
    {} as never,
  );
  const methods = [...createMethods({} as Ledger).keys(), ...Object.keys(trust)];
  assert.ok(methods.length > 50);
  for (const method of methods) assert.ok(POLICY.has(method), `${method} has no rule`);
  for (const method of POLICY.keys()) assert.ok(methods.includes(method), `${method} does not exist`);
  assert.deepEqual(Object.keys(SUBSCRIPTIONS).toSorted(), ['logs', 'newHeads', 'newPendingTransactions']);
  node.chain.extend({ hsk_secret: () => Promise.resolve('everything') });
  for (const method of [
    'hsk_secret',
    'debug_traceTransaction',
    'eth_subscribe',
    '__proto__',
    'constructor',
    '',
  ])
    for (const session of [undefined, sessions.auditor])
      assert.equal((await node.call(method, [], session)).error?.code, -32601, method);
  for (const method of SESSION_METHODS) assert.ok(!POLICY.has(method));
});

test('each private method refuses without a session, and shows another account nothing of Alice', async () => {
  const params = aboutAlice();
  let refused = 0;
  for (const [method, { access }] of POLICY) {
    const asked = params[method] ?? [];
    const anonymous = await node.call(method, asked);
    assert.ok(!leaks(anonymous), `${method} leaks to everybody`);
    if (access === 'own' || access === 'auditor') {
      assert.deepEqual(
        [anonymous.error?.code, anonymous.error?.data?.code],
        [-32001, 'SESSION_NEEDED'],
        method,
      );
      refused++;
    } else if (access === 'public' && !method.startsWith('hsk_'))
      assert.equal(anonymous.error, undefined, method);
    for (const session of [sessions.bob, sessions.stranger]) {
      const answer = await node.call(method, asked, session);
      const clean = { ...answer };
      // The payment to Bob is his as well, and names who paid.
      if (session === sessions.bob && JSON.stringify(clean.result ?? null).includes(node.alicePaysBob)) {
        assert.ok(!JSON.stringify(clean).includes(node.aliceMoves), method);
        continue;
      }
      assert.ok(!leaks(clean), `${method} leaks to another: ${JSON.stringify(answer).slice(0, 300)}`);
      if (access === 'auditor') assert.equal(answer.error?.code, -32002, method);
    }
  }
  assert.ok(refused > 25, String(refused));
});

test('Alice sees her own by every method, the auditor sees all', async () => {
  const params = aboutAlice();
  for (const method of Object.keys(params).filter((name) => POLICY.get(name)!.access === 'own')) {
    if (/Filter/.test(method)) continue;
    const own = await node.call(method, params[method], sessions.alice);
    assert.ok(own.result !== undefined && own.result !== null, `${method}: ${JSON.stringify(own)}`);
    const audited = await node.call(method, params[method], sessions.auditor);
    const expected = await node.chain.request(method, params[method]);
    assert.deepEqual(audited.result, JSON.parse(JSON.stringify(expected)), method);
    if (!/AccessList|estimate/.test(method)) assert.deepEqual(own.result, audited.result, method);
  }
  for (const method of ['eth_simulateV1', 'txpool_status', 'eth_newPendingTransactionFilter'])
    assert.equal((await node.call(method, params[method] ?? [], sessions.auditor)).error, undefined, method);
});

test('a block shows its header to all, and of its body to each its own', async () => {
  const full = (await node.chain.request('eth_getBlockByNumber', [latest, false])) as Record<string, unknown>;
  const of = async (session?: string) =>
    (await node.call('eth_getBlockByNumber', [latest, false], session)).result as typeof full;
  const anonymous = await of();
  for (const [field, value] of Object.entries(full))
    if (field !== 'transactions' && field !== 'size') assert.deepEqual(anonymous[field], value, field);
  assert.deepEqual(anonymous.transactions, []);
  assert.notEqual(anonymous.size, full.size);
  assert.deepEqual((await of(sessions.bob)).transactions, [node.alicePaysBob]);
  assert.deepEqual((await of(sessions.alice)).transactions, [node.alicePaysBob, node.aliceMoves]);
  assert.deepEqual(await of(sessions.auditor), full);
  const receipts = (await node.call('eth_getBlockReceipts', [latest], sessions.bob)).result as {
    transactionHash: Hex;
  }[];
  assert.deepEqual(
    receipts.map(({ transactionHash }) => transactionHash),
    [node.alicePaysBob],
  );
  const { reward } = (await node.call('eth_feeHistory', ['0x1', latest, [50]])).result as {
    reward?: unknown;
  };
  assert.equal(reward, undefined);
});

test('a proof of one transaction and of one receipt, under the roots of the header', async () => {
  const { header } = head();
  for (const [method, field, root] of [
    ['hsk_getTransactionProof', 'transaction', header.transactionsRoot],
    ['hsk_getReceiptProof', 'receipt', header.receiptsRoot],
  ] as const) {
    const shown = (await node.call(method, [node.alicePaysBob], sessions.bob)).result as Record<
      string,
      Hex
    > & {
      proof: Hex[];
    };
    // keccak-free key: RLP of the index, which is 0x80 for zero.
    const key: Hex = shown.transactionIndex === '0x0' ? '0x80' : `0x0${shown.transactionIndex!.slice(2)}`;
    assert.equal(verifyTrieProof({ root, key, proof: shown.proof }), shown[field]);
    if (field === 'transaction') assert.equal(keccak256(shown[field]!), node.alicePaysBob);
    assert.equal((await node.call(method, [`0x${'12'.repeat(32)}`], sessions.bob)).result, null);
  }
});

test('a call is answered when all that it reads may be shown', async () => {
  const call = (request: object, session = sessions.bob, ...more: unknown[]) =>
    node.call('eth_call', [request, latest, ...more], session);
  const own = await call(balanceOf(bob.address));
  assert.equal(BigInt(own.result as Hex), 1234n);
  const supply = {
    to: node.token,
    data: encodeFunctionData({ abi: hongKongDollarAbi, functionName: 'totalSupply' }),
  };
  assert.equal(BigInt((await call(supply)).result as Hex), 1_000_000n);
  // Bytecode that asks for Alice's balance of the native coin, and hands it back.
  const spy = `0x73${alice.address.slice(2)}315f5260205ff3`;
  const table: [string, object, ...unknown[]][] = [
    ["another's balance", balanceOf(alice.address)],
    ['in the name of another', { ...balanceOf(alice.address), from: alice.address }],
    ['in the name of another, of its own', { ...balanceOf(bob.address), from: alice.address }],
    ['code of its own', { data: spy }],
    ['an account that is not its own', { to: alice.address }],
    ['with its code replaced', balanceOf(bob.address), { [node.token]: { code: spy } }],
    ['with state replaced', balanceOf(bob.address), { [bob.address]: { balance: '0x1' } }],
    ['with block overrides', balanceOf(bob.address), null, { number: '0x1' }],
    [
      'with the slot made warm',
      {
        ...balanceOf(alice.address),
        accessList: [{ address: node.token, storageKeys: [balanceSlot(alice.address)] }],
      },
    ],
  ];
  for (const [name, request, ...more] of table) {
    const { error, result } = await call(request, sessions.bob, ...more);
    assert.deepEqual(
      [error?.code, error?.data?.code],
      [-32002, 'NOT_DISCLOSED'],
      `${name}: ${String(result)}`,
    );
  }
});

test('a read in a frame that is reverted counts as read', async () => {
  const { Spy } = compile(['test/node/chain-contracts/Spy.sol']);
  const nonce = (await node.chain.request('eth_getTransactionCount', [deployer.address, latest])) as Hex;
  const spy = getContractAddress({ from: deployer.address, nonce: BigInt(nonce) });
  const create = { to: undefined, data: Spy!.bytecode, gas: 2_000_000n };
  assert.equal(await node.execute(deployer, create), '0x1');
  const declare = node.registry('setDisclosure', [spy, PUBLIC_CODE | PUBLIC_STATE, []]);
  assert.equal(await node.execute(admin, declare), '0x1');
  const look = (account: Hex) => {
    const data = encodeFunctionData({
      abi: Spy!.abi as Abi,
      functionName: 'look',
      args: [node.token, account],
    });
    return node.call('eth_call', [{ to: spy, data }, latest], sessions.bob);
  };
  assert.equal(BigInt((await look(bob.address)).result as Hex), 1234n, 'it works');
  assert.deepEqual((await look(alice.address)).error?.code, -32002);
});

test('an estimate of an own transaction is given; the reason of a failure only from what may be shown', async () => {
  const transfer = (args: [Hex, bigint]) => ({
    to: node.token,
    data: encodeFunctionData({ abi: hongKongDollarAbi, functionName: 'transfer', args }),
  });
  const estimate = (request: object, session = sessions.bob, ...more: unknown[]) =>
    node.call('eth_estimateGas', [request, ...more], session);
  assert.ok(BigInt((await estimate(transfer([alice.address, 1n]))).result as Hex) > 21_000n);
  const steal = {
    to: node.token,
    data: encodeFunctionData({
      abi: hongKongDollarAbi,
      functionName: 'transferFrom',
      args: [alice.address, bob.address, 1n],
    }),
  };
  assert.deepEqual((await estimate(steal)).error, { code: 3, message: 'execution reverted' });
  const unsent = await estimate(transfer([alice.address, 0n]), sessions.stranger);
  assert.equal(unsent.error?.code, -32002, 'an account that is not admitted');
  const tooMuch = await estimate(transfer([alice.address, 10n ** 12n]));
  assert.equal(tooMuch.error?.code, 3);
  for (const [request, ...more] of [
    [{ ...transfer([bob.address, 1n]), from: alice.address }],
    [{ data: '0x00' }],
    [transfer([alice.address, 1n]), '0x1'],
    [transfer([alice.address, 1n]), latest, { [bob.address]: { balance: '0x1' } }],
  ] as [object, ...unknown[]][])
    assert.equal(
      (await estimate(request, sessions.bob, ...more)).error?.code,
      -32002,
      JSON.stringify(request),
    );
});

test('storage and proofs: own words, declared words, and nothing that an absence shows beside them', async () => {
  const at = (slot: Hex, session?: string) =>
    node.call('eth_getStorageAt', [node.token, slot, latest], session);
  assert.equal(BigInt((await at(wordSlot(hongKongDollarSlots.totalSupply))).result as Hex), 1_000_000n);
  assert.equal(BigInt((await at(balanceSlot(bob.address), sessions.bob)).result as Hex), 1234n);
  assert.equal((await at(balanceSlot(alice.address), sessions.bob)).error?.code, -32002);
  assert.equal((await at(wordSlot(hongKongDollarSlots.roles), sessions.bob)).error?.code, -32002);
  const proof = (subject: Hex, slots: Hex[], session?: string) =>
    node.call('eth_getProof', [subject, slots, latest], session);
  assert.equal((await proof(node.token, [])).error, undefined, 'a declared account');
  assert.equal((await proof(alice.address, [], sessions.bob)).error?.code, -32002);
  const mixed = [balanceSlot(bob.address), balanceSlot(alice.address)];
  assert.equal((await proof(node.token, mixed, sessions.bob)).error?.code, -32002, 'one word too many');
  assert.equal(
    (await proof(ACCESS_REGISTRY, [], sessions.bob)).error?.code,
    -32002,
    'nothing was declared of it',
  );

  // Accounts that are not admitted, until one's absence is proven by the leaf of another account.
  const answers = new Set<string | undefined>();
  for (let round = 0; round < 12 && answers.size < 2; round++) {
    const someone = privateKeyToAccount(generatePrivateKey());
    const session = await node.signIn(someone);
    answers.add((await proof(someone.address, [], session)).error?.data?.code);
  }
  assert.deepEqual([...answers].toSorted(), ['ABSENCE_SHOWS_NEIGHBOUR', undefined]);
});

test('filters answer their owner, and log filters only its own logs', async () => {
  const install = async (method: string, params: unknown[], session: string) =>
    (await node.call(method, params, session)).result as string;
  const id = await install('eth_newFilter', [{ fromBlock: '0x0' }], sessions.alice);
  const bobs = await install('eth_newFilter', [{ fromBlock: '0x0' }], sessions.bob);
  const blocks = await install('eth_newBlockFilter', [], sessions.bob);
  for (const method of ['eth_getFilterChanges', 'eth_getFilterLogs'])
    assert.equal((await node.call(method, [id], sessions.bob)).error?.message, 'filter not found');
  assert.equal((await node.call('eth_uninstallFilter', [id], sessions.bob)).result, false);
  const logs = async (filter: string, session: string) =>
    ((await node.call('eth_getFilterLogs', [filter], session)).result as { transactionHash: Hex }[]).map(
      ({ transactionHash }) => transactionHash,
    );
  assert.deepEqual(await logs(bobs, sessions.bob), [node.alicePaysBob]);
  assert.ok((await logs(id, sessions.alice)).includes(node.alicePaysBob));
  await node.chain.produce();
  assert.deepEqual((await node.call('eth_getFilterChanges', [blocks], sessions.bob)).result, [head().hash]);
  assert.equal((await node.call('eth_uninstallFilter', [bobs], sessions.bob)).result, true);
});

test('what a contract declares is public until it is declared otherwise', async () => {
  const logs = () => node.call('eth_getLogs', [{ fromBlock: '0x0', address: node.token }]);
  assert.equal((await logs()).error?.code, -32001);
  const slots = [{ base: wordSlot(hongKongDollarSlots.balances), words: 1, keyed: true }];
  // The holder of its admin role speaks for the token; somebody else does not.
  const declare = (word: bigint) => ({
    ...node.registry('setDisclosure', [node.token, word, slots]),
    gas: 500_000n,
  });
  assert.equal(await node.execute(alice, declare(PUBLIC_LOGS)), '0x0');
  assert.equal(await node.execute(deployer, declare(PUBLIC_LOGS)), '0x1');
  assert.ok(((await logs()).result as unknown[]).length >= 3);
  assert.equal(
    (await node.call('eth_getLogs', [{ fromBlock: '0x0', address: [node.token, SINK] }])).error?.code,
    -32001,
  );
  assert.equal((await node.call('eth_getLogs', [{ fromBlock: '0x0', address: [] }])).error?.code, -32001);
  assert.equal(await node.execute(admin, declare(0n)), '0x1');
  assert.equal((await logs()).error?.code, -32001);
  assert.equal((await node.call('eth_getCode', [node.token, latest], sessions.bob)).error?.code, -32002);
});

test('roles count from the next block on, in the middle of a session', async () => {
  const count = async () => (await node.call('txpool_status', [], sessions.auditor)).error?.code;
  assert.equal(await count(), undefined);
  assert.equal(await node.execute(admin, node.registry('setRole', [auditor.address, AUDITOR, false])), '0x1');
  assert.equal(await count(), -32002);
  assert.equal(await node.execute(admin, node.registry('setRole', [auditor.address, AUDITOR, true])), '0x1');
  assert.equal(await count(), undefined);
  // Who is suspended cannot send, and still sees its own.
  assert.equal(await node.execute(compliance, node.registry('setSuspended', [bob.address, true])), '0x1');
  assert.equal((await node.call('eth_getBalance', [bob.address, latest], sessions.bob)).error, undefined);
  assert.equal(await node.execute(compliance, node.registry('setSuspended', [bob.address, false])), '0x1');
});

test('a WebSocket signs in by a message, and pushes to each its own', async () => {
  const open = async () => {
    const socket = new WebSocket(node.url.replace('http', 'ws'));
    await new Promise((resolve) => socket.once('open', resolve));
    const pushed: string[] = [];
    const waiting = new Map<number, (answer: Answer) => void>();
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Answer & {
        id?: number;
        params?: { result: { transactionHash: string } };
      };
      if (message.id === undefined) pushed.push(message.params!.result.transactionHash);
      else waiting.get(message.id)!(message);
    });
    let id = 0;
    const call = (method: string, params: unknown[]) =>
      new Promise<Answer>((resolve) => {
        waiting.set(++id, resolve);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      });
    return { socket, pushed, call };
  };
  const [mine, his] = [await open(), await open()];
  for (const kind of ['logs', 'newPendingTransactions'])
    assert.equal((await mine.call('eth_subscribe', [kind])).error?.code, -32001, kind);
  assert.equal((await mine.call('eth_subscribe', ['newHeads'])).error, undefined);
  assert.equal((await mine.call('hsk_authenticate', ['0'.repeat(64)])).error?.data?.code, 'SESSION_ENDED');
  await mine.call('hsk_authenticate', [sessions.alice]);
  await his.call('hsk_authenticate', [sessions.stranger]);
  for (const { call } of [mine, his]) {
    assert.equal((await call('eth_subscribe', ['logs', {}])).error, undefined);
    assert.equal((await call('eth_subscribe', ['newPendingTransactions'])).error?.code, -32002);
  }
  const data = encodeFunctionData({
    abi: hongKongDollarAbi,
    functionName: 'transfer',
    args: [bob.address, 1n],
  });
  assert.equal(await node.execute(alice, { to: node.token, data }), '0x1');
  await mine.call('eth_getBalance', [alice.address, latest]);
  await his.call('eth_chainId', []);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(mine.pushed.filter(Boolean).length, 1);
  assert.deepEqual(his.pushed, []);
  // A session that is over pushes no more.
  await mine.call('hsk_revokeSession', []);
  assert.equal(await node.execute(alice, { to: node.token, data }), '0x1');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(mine.pushed.filter(Boolean).length, 1);
  sessions.alice = await node.signIn(alice);
  mine.socket.close();
  his.socket.close();
});

test('every disclosure is on the disk; auditors read all of it, an account what is about it', async () => {
  const read = async (session: string, query?: object) =>
    (await node.call('hsk_getDisclosures', query ? [query] : [], session)).result as {
      disclosures: {
        number: number;
        account: Hex;
        auditor: boolean;
        method: string;
        what: string;
        about: Hex[];
      }[];
      next?: number;
    };
  await node.call('eth_getTransactionReceipt', [node.aliceMoves], sessions.auditor);
  await node.call('eth_getBalance', [alice.address, latest], sessions.auditor);
  const [newest, before] = (await read(sessions.alice, { limit: 2 })).disclosures;
  assert.deepEqual(
    [newest!.method, newest!.account, newest!.auditor],
    ['eth_getBalance', auditor.address.toLowerCase(), true],
  );
  assert.deepEqual(
    [before!.method, before!.about],
    ['eth_getTransactionReceipt', [alice.address.toLowerCase()]],
  );
  for (const { account, about } of (await read(sessions.bob, { limit: 500 })).disclosures)
    assert.ok(account === bob.address.toLowerCase() || about.includes(bob.address.toLowerCase() as Hex));
  assert.equal(
    (await node.call('hsk_getDisclosures', [{ account: alice.address }], sessions.bob)).error?.code,
    -32002,
  );
  assert.equal((await node.call('hsk_getDisclosures', [])).error?.code, -32001);
  const all: number[] = [];
  for (
    let page = await read(sessions.auditor, { limit: 50 });
    ;
    page = await read(sessions.auditor, { limit: 50, before: page.next! })
  ) {
    all.push(...page.disclosures.map(({ number }) => number));
    if (page.next === undefined) break;
  }
  assert.deepEqual(
    all,
    all.map((_, index) => all.length - 1 - index),
    'pages without a gap',
  );
  assert.ok(
    !JSON.stringify(await read(sessions.auditor, { limit: 500 })).includes(sessions.alice),
    'no token in it',
  );
});
