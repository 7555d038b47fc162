import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Hex } from 'viem';
import { Nonces } from '../../src/node/access/nonces.ts';
import { RateLimit } from '../../src/node/access/rate-limit.ts';
import { Sessions } from '../../src/node/access/sessions.ts';
import { people } from './access-fixture.ts';
import { openPrivateChain, type PrivateChain, signedMessage, type Terms } from './access-private-fixture.ts';

const { alice, bob } = people;
let node: PrivateChain;
let other: PrivateChain;

before(async () => {
  [node, other] = await Promise.all([openPrivateChain(), openPrivateChain()]);
});
after(() => Promise.all([node.close(), other.close()]));

const balance = (session?: string) => node.call('eth_getBalance', [alice.address, 'latest'], session);

test('an account signs in, sees its own, and signs out', async () => {
  const none = await balance();
  assert.deepEqual([none.error?.code, none.error?.data?.code], [-32001, 'SESSION_NEEDED']);
  assert.ok(JSON.stringify(none.error).includes('hsk_createSession'), 'it says how');
  const session = await node.signIn(alice);
  assert.match(session, /^[0-9a-f]{64}$/);
  assert.equal((await balance(session)).error, undefined);
  const shown = (await node.call('hsk_getSession', [], session)).result as Record<string, unknown>;
  assert.deepEqual(
    [shown.account, shown.auditor, shown.admitted],
    [alice.address.toLowerCase(), false, true],
  );
  assert.ok((shown.expiresAt as number) <= node.clock.now + 600, 'not longer than the message says');
  assert.equal((await node.call('hsk_revokeSession', [], session)).result, true);
  assert.equal((await balance(session)).error?.data?.code, 'SESSION_ENDED');
  assert.equal((await node.call('hsk_revokeSession', [], session)).result, false);
});

test('forged, foreign, stale and malformed messages are refused, each for its reason', async () => {
  const { clock, call } = node;
  const at = (seconds: number) => new Date((clock.now + seconds) * 1000);
  const foreign = (await other.call('hsk_getSessionNonce')).result as Terms;
  const signed = (changed: Parameters<typeof signedMessage>[3], signer = alice) =>
    signedMessage(call, alice, clock, changed, signer);
  const { message, signature } = await signed({});
  const table: [string, { message: unknown; signature: unknown }, string][] = [
    ['another domain', await signed({ domain: 'evil.example' }), 'SIGN_IN_DOMAIN'],
    ['another node', await signed({ domain: foreign.domain, uri: foreign.uri }), 'SIGN_IN_DOMAIN'],
    ['another path', await signed({ uri: node.url.replace('/execution', '/mainchain') }), 'SIGN_IN_DOMAIN'],
    ['another chain', await signed({ chainId: 1 }), 'SIGN_IN_CHAIN'],
    ["another node's nonce", await signed({ nonce: foreign.nonce }), 'SIGN_IN_NONCE'],
    ['a nonce of its own', await signed({ nonce: 'a'.repeat(76) }), 'SIGN_IN_NONCE'],
    ['expired', await signed({ expirationTime: at(-1) }), 'SIGN_IN_TIME'],
    ['without an end', await signed({ expirationTime: undefined }), 'SIGN_IN_TIME'],
    ['issued tomorrow', await signed({ issuedAt: at(86_400) }), 'SIGN_IN_TIME'],
    ['not yet valid', await signed({ notBefore: at(60) }), 'SIGN_IN_TIME'],
    ["another's key", await signed({}, bob), 'SIGN_IN_SIGNATURE'],
    ['no signature', { message, signature: '0x' }, 'SIGN_IN_SIGNATURE'],
    ['a cut signature', { message, signature: signature.slice(0, 100) }, 'SIGN_IN_SIGNATURE'],
    ['another text', { message: `${message} `, signature }, 'SIGN_IN_FORM'],
    [
      'another account',
      { message: message.replace(alice.address, bob.address), signature },
      'SIGN_IN_SIGNATURE',
    ],
    [
      'a lower-case account',
      { message: message.replace(alice.address, alice.address.toLowerCase()), signature },
      'SIGN_IN_FORM',
    ],
    [
      'a second set of fields',
      await (async () => {
        const text = message.replace('\n\nURI', `\n\nURI: ${node.url}\n\nURI`);
        return { message: text, signature: await alice.signMessage({ message: text }) };
      })(),
      'SIGN_IN_FORM',
    ],
    ['a long text', { message: 'x'.repeat(3000), signature }, 'SIGN_IN_FORM'],
    ['no text', { message: '', signature }, 'SIGN_IN_FORM'],
  ];
  for (const [name, request, code] of table) {
    const { error } = await call('hsk_createSession', [request]);
    assert.deepEqual([error?.code, error?.data?.code], [-32000, code], name);
  }
  for (const params of [
    [],
    [{}],
    [{ message }],
    [{ message: 5, signature }],
    [{ message, signature: 'x' }],
    ['x'],
  ])
    assert.equal(
      (await call('hsk_createSession', params)).error?.code,
      -32602,
      JSON.stringify(params).slice(0, 40),
    );
  // The refused ones have not used up the honest one's nonce.
  assert.equal((await call('hsk_createSession', [{ message, signature }])).error, undefined);
  assert.equal(
    (await call('hsk_createSession', [{ message, signature }])).error?.data?.code,
    'SIGN_IN_NONCE',
  );
});

test('the same message sent many times at once opens one session', async () => {
  const request = await signedMessage(node.call, alice, node.clock);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => node.call('hsk_createSession', [request])),
  );
  assert.equal(answers.filter(({ result }) => result).length, 1);
});

test('a token is good at its own node, until it expires, and only as a bearer', async () => {
  const session = await node.signIn(alice);
  const elsewhere = await other.call('eth_getBalance', [alice.address, 'latest'], session);
  assert.equal(elsewhere.error?.data?.code, 'SESSION_ENDED');
  for (const authorization of [
    session,
    `Basic ${session}`,
    `Bearer ${session}x`,
    'Bearer ',
    `Bearer ${'x'.repeat(5000)}`,
  ]) {
    const response = await fetch(node.url, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ id: 1, method: 'eth_getBalance', params: [alice.address, 'latest'] }),
    });
    const { error } = (await response.json()) as { error: { code: number } };
    assert.equal(error.code, -32001, authorization.slice(0, 30));
  }
  const query = await fetch(`${node.url}?token=${session}`, {
    method: 'POST',
    body: JSON.stringify({ id: 1, method: 'eth_getBalance', params: [alice.address, 'latest'] }),
  });
  assert.equal(((await query.json()) as { error: { code: number } }).error.code, -32001, 'not in a URL');
  assert.equal((await balance(session)).error, undefined);
  node.clock.now += 601;
  assert.equal((await balance(session)).error?.data?.code, 'SESSION_ENDED');
  assert.equal((await node.call('eth_chainId', [], session)).result, '0x79ca', 'what is public stays so');
});

test('a browser may send the header across origins', async () => {
  const preflight = await fetch(node.url, { method: 'OPTIONS', headers: { origin: 'https://shop.example' } });
  assert.match(preflight.headers.get('access-control-allow-headers')!, /Authorization/);
});

test('a contract signs in by its own judgement (EIP-1271), and only by that', async () => {
  const { deployer } = people;
  // Answers isValidSignature's magic value to everything.
  const judge: Hex = '0x631626ba7e60e01b5f5260205ff3';
  const create: Hex = `0x6d${judge.slice(2)}5f52600e6012f3`;
  const hash = await node.chain.request('eth_sendRawTransaction', [
    await node.sign(deployer, { to: undefined, data: create }),
  ]);
  await node.chain.produce();
  const receipt = (await node.chain.request('eth_getTransactionReceipt', [hash])) as {
    contractAddress: Hex;
    status: Hex;
  };
  assert.equal(receipt.status, '0x1');
  const contract = { ...alice, address: receipt.contractAddress } as typeof alice;
  const request = await signedMessage(node.call, contract, node.clock, {}, bob);
  const { result, error } = await node.call('hsk_createSession', [request]);
  assert.equal(error, undefined);
  assert.equal((result as { account: Hex }).account, receipt.contractAddress);
  const mute = { ...alice, address: node.token } as typeof alice;
  const refused = await signedMessage(node.call, mute, node.clock, {}, bob);
  const answer = await node.call('hsk_createSession', [refused]);
  assert.equal(answer.error?.data?.code, 'SIGN_IN_SIGNATURE', 'a contract that judges nothing');
});

test('sessions, nonces and attempts have their limits', () => {
  const sessions = new Sessions();
  const tokens = Array.from({ length: 20 }, () => sessions.open({ account: '0xaa', until: 100 }, 1));
  assert.equal(tokens.filter((token) => sessions.find(token, 1)).length, 16, 'the oldest ended');
  assert.equal(sessions.find(tokens[0]!, 1), undefined);
  assert.equal(sessions.find(tokens[19]!, 100), undefined);

  const nonces = new Nonces();
  const nonce = nonces.issue(1000);
  assert.ok(nonces.holds(nonce, 1000) && nonces.use(nonce, 1000));
  assert.ok(!nonces.holds(nonce, 1000) && !nonces.use(nonce, 1000));
  const late = nonces.issue(1000);
  assert.ok(nonces.holds(late, 1299) && !nonces.holds(late, 1300) && !new Nonces().holds(late, 1000));
  for (let index = 0; index < late.length; index++) {
    const changed = `${late.slice(0, index)}${late[index] === '0' ? '1' : '0'}${late.slice(index + 1)}`;
    assert.ok(!nonces.holds(changed, 1000), `digit ${index}`);
  }

  const limit = new RateLimit(3, 1);
  assert.deepEqual(
    [1, 1, 1, 1].map((at) => limit.take('a', at)),
    [true, true, true, false],
  );
  assert.ok(limit.take('b', 1) && limit.take('a', 2) && !limit.take('a', 2) && !limit.take('a', 2.5));
});
