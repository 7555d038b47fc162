import { Hono } from 'hono';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Hex } from 'viem';
import { WebSocket } from 'ws';
import { type Chain, openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import {
  clientOf,
  funded,
  signTransfer,
  temporaryDirectory,
  testAccount,
  VALIDATOR_KEYS,
} from './chain-fixture.ts';

const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
let execution: Chain;
let mainchain: Chain;
let server: RpcServer;

before(async () => {
  const alloc = funded(alice);
  execution = await openExecutionChain({
    directory: await temporaryDirectory(undefined),
    alloc,
    gatherMs: 20,
  });
  mainchain = await openMainchain({
    directory: await temporaryDirectory(undefined),
    alloc,
    validatorKeys: VALIDATOR_KEYS,
  });
  const app = new Hono().get('/hello', (context) => context.text('hello'));
  server = await startRpcServer({
    port: 0,
    app,
    chains: { '/execution': execution, '/mainchain': mainchain },
    bodyLimit: 100_000,
  });
});

after(async () => {
  await server.close();
  await execution.close();
  await mainchain.close();
});

const post = (path: string, body: string) => fetch(server.url + path, { method: 'POST', body });
const ask = async (body: unknown, path = '/execution') =>
  (await post(path, JSON.stringify(body))).json() as Promise<unknown>;

test('one call, a batch, notifications', async () => {
  assert.deepEqual(await ask({ jsonrpc: '2.0', id: 7, method: 'eth_chainId' }), {
    jsonrpc: '2.0',
    id: 7,
    result: '0x79ca',
  });
  assert.deepEqual(await ask({ jsonrpc: '2.0', id: 'a', method: 'eth_chainId', params: [] }, '/mainchain/'), {
    jsonrpc: '2.0',
    id: 'a',
    result: '0x79c9',
  });
  assert.deepEqual(
    await ask([
      { jsonrpc: '2.0', id: 1, method: 'net_version' },
      { jsonrpc: '2.0', method: 'net_version' },
      { jsonrpc: '2.0', id: 2, method: 'eth_nothing' },
      5,
    ]),
    [
      { jsonrpc: '2.0', id: 1, result: '31178' },
      {
        jsonrpc: '2.0',
        id: 2,
        error: { code: -32601, message: 'the method eth_nothing does not exist/is not available' },
      },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'invalid request' } },
    ],
  );
  const quiet = await post('/execution', JSON.stringify({ jsonrpc: '2.0', method: 'eth_chainId' }));
  assert.equal(quiet.status, 204);
});

test('what is no JSON-RPC is answered as JSON-RPC', async () => {
  const code = async (body: string) =>
    ((await (await post('/execution', body)).json()) as { error: { code: number } }).error.code;
  assert.equal(await code('{'), -32700);
  assert.equal(await code('[]'), -32600);
  assert.equal(await code('null'), -32600);
  assert.equal(await code('{"id":1,"method":5}'), -32600);
  assert.equal(await code('{"id":1,"method":"eth_chainId","params":{"a":1}}'), -32602);
  assert.equal(await code('{"id":1,"method":"eth_getBalance","params":["0x12"]}'), -32602);
  assert.equal(await code('{"id":1,"method":"eth_getBalance","params":[]}'), -32602);
  assert.equal(await code('{"id":1,"method":"__proto__","params":[]}'), -32601);
  assert.equal(await code('{"id":1,"method":"constructor","params":[]}'), -32601);
});

test('a long body is refused, announced or not', async () => {
  const long = JSON.stringify({ id: 1, method: 'web3_sha3', params: [`0x${'00'.repeat(60_000)}`] });
  assert.equal((await post('/execution', long)).status, 413);
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(50_000))),
  });
  await assert.rejects(
    fetch(`${server.url}/execution`, { method: 'POST', body, duplex: 'half' } as RequestInit).then(
      (response) => {
        if (response.status === 413) throw new Error('refused');
      },
    ),
  );
});

test('CORS, other paths, other verbs', async () => {
  const preflight = await fetch(`${server.url}/mainchain`, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.equal((await post('/execution', '{}')).headers.get('access-control-allow-origin'), '*');
  assert.equal(await (await fetch(`${server.url}/hello`)).text(), 'hello');
  assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
  assert.equal((await fetch(`${server.url}/execution`)).status, 405);
});

test('a WebSocket answers calls and pushes heads, logs and pending hashes', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/execution`);
  await new Promise((resolve) => socket.once('open', resolve));
  const messages: {
    id?: number;
    result?: unknown;
    params?: { subscription: string; result: { number?: Hex } | Hex };
  }[] = [];
  let wake = () => {};
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as (typeof messages)[number]);
    wake();
  });
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const call = (id: number, method: string, params: unknown[]) => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return until(() => messages.find((message) => message.id === id));
  };
  const heads = (await call(1, 'eth_subscribe', ['newHeads'])).result as string;
  const pending = (await call(2, 'eth_subscribe', ['newPendingTransactions'])).result as string;
  await call(3, 'eth_subscribe', ['logs', { address: SINK }]);
  const nonce = Number((await call(4, 'eth_getTransactionCount', [alice.address, 'pending'])).result);
  const hash = (await call(5, 'eth_sendRawTransaction', [await signTransfer(alice, 31178, nonce, SINK)]))
    .result;
  await until(() =>
    messages.find(({ params }) => params?.subscription === pending && params.result === hash),
  );
  const head = await until(() => messages.find(({ params }) => params?.subscription === heads));
  const { number } = head.params!.result as { number: Hex };
  const expected = (await execution.request('eth_getBlockByNumber', [number])) as Record<string, unknown>;
  for (const [field, value] of Object.entries(head.params!.result)) assert.deepEqual(value, expected[field]);
  assert.equal((await call(6, 'eth_unsubscribe', [heads])).result, true);
  assert.equal((await call(7, 'eth_unsubscribe', [heads])).result, false);
  const refused = (await call(8, 'eth_subscribe', ['syncing'])) as { error?: { code: number } };
  assert.equal(refused.error?.code, -32602);
  socket.close();
});

test('the mainchain pushes its sealed heads', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/mainchain`);
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }));
  const hash = await new Promise<Hex>((resolve) => {
    socket.on('message', (data) => {
      const { params } = JSON.parse(String(data)) as { params?: { result: { hash: Hex } } };
      if (params) resolve(params.result.hash);
    });
  });
  assert.equal(mainchain.block(hash)?.hash, hash);
  socket.close();
});

/** In a thread of its own: when the server comes to read the handshakes, their senders are gone. */
const RESETS = `
  const { connect } = require('node:net');
  const { workerData: { port, done } } = require('node:worker_threads');
  const head = 'Host: x\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n';
  const reset = (path) => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET ' + path + ' HTTP/1.1\\r\\n' + head, () => socket.resetAndDestroy());
    });
    socket.on('error', () => undefined);
    socket.on('close', resolve);
  });
  Promise.all(Array.from({ length: 20 }, (_none, index) => reset(index % 2 ? '/nothing' : '/execution'))).then(() => {
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  });
`;

test('a peer that resets its handshake ends nothing but its connection', async () => {
  // The runner keeps what the server throws outside of a test to itself.
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);
  process.on('uncaughtException', note);
  const done = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(RESETS, { eval: true, workerData: { port: server.port, done } });
  const ended = new Promise((resolve) => thread.once('exit', resolve));
  await new Promise((resolve) => thread.once('online', resolve));
  assert.equal(Atomics.wait(done, 0, 0, 10_000), 'ok');
  await ended;
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('uncaughtException', note);
  assert.deepEqual(thrown, []);
  assert.deepEqual(await ask({ id: 1, method: 'net_version' }), { jsonrpc: '2.0', id: 1, result: '31178' });
});

test('the whole URL in a request means its path, whoever it names', async () => {
  const body = '{"id":1,"method":"net_version"}';
  const answered = async (target: string) => {
    const headers = `Host: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`POST ${target} HTTP/1.1\r\n${headers}${body}`);
    let text = '';
    for await (const part of socket) text += String(part);
    return text;
  };
  assert.match(await answered('http://chain.example/mainchain'), /"result":"31177"/);
  assert.match(await answered('http://user:word@chain.example/execution?x=/mainchain'), /"result":"31178"/);
  for (const target of [
    'http://chain.example',
    'https://user:word@chain.example?x',
    '//',
    '/%00',
    '//execution',
  ])
    assert.match(await answered(target), /^HTTP\/1.1 404 /, target);
});

test('a subscription of no kind is refused in words', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/execution`);
  await new Promise((resolve) => socket.once('open', resolve));
  const kinds = [{ toString: 1 }, null, 7, ['logs'], 'x'.repeat(9000)];
  for (const kind of kinds)
    for (const method of ['eth_subscribe', 'eth_unsubscribe'])
      socket.send(JSON.stringify({ id: method, method, params: [kind] }));
  const answers: { id: string; result?: unknown; error?: { code: number; message: string } }[] = [];
  await new Promise<void>((resolve) => {
    socket.on('message', (text) => {
      answers.push(JSON.parse(String(text)) as (typeof answers)[number]);
      if (answers.length === 2 * kinds.length) resolve();
    });
  });
  socket.close();
  for (const { id, result, error } of answers)
    if (id === 'eth_unsubscribe' && result === false) continue;
    else assert.ok(error!.code === -32602 && error!.message.length < 200, JSON.stringify(error));
});

test('a second server on the port is refused with a typed error', async () => {
  await assert.rejects(startRpcServer({ port: server.port, chains: {} }), { code: 'RPC_PORT_TAKEN' });
});

test('chains take extra methods, but no second of a name', async () => {
  execution.extend({ hsk_echo: (params) => Promise.resolve(params) });
  assert.deepEqual(await execution.request('hsk_echo', ['x']), ['x']);
  assert.throws(() => execution.extend({ eth_call: () => Promise.resolve(null) }), {
    code: 'RPC_METHOD_TAKEN',
  });
  assert.ok(clientOf(execution, alice));
});
