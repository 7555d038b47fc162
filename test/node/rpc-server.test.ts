import { Hono } from 'hono';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
