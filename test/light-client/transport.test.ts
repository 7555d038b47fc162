import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { httpTransport } from '../../src/light-client/transport.ts';
import { HskError } from '../../src/protocol/errors.ts';

const servers: Server[] = [];
after(() =>
  servers.forEach((server) => {
    server.closeAllConnections();
    server.close();
  }),
);

type Answer = (calls: { id: number; method: string }[], response: ServerResponse) => void;

/** A JSON-RPC endpoint on a free port; `seen` counts the HTTP requests. */
async function endpoint(
  answer: Answer,
  port = 0,
): Promise<{ url: string; seen: () => number; server: Server }> {
  let requests = 0;
  const server = createServer((request: IncomingMessage, response) => {
    requests++;
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const parsed = JSON.parse(body);
      answer(Array.isArray(parsed) ? parsed : [parsed], response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => requests, server };
}

const echo: Answer = (calls, response) => {
  const answers = calls.map(({ id, method }) => ({ jsonrpc: '2.0', id, result: method }));
  response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers.toReversed()));
};

const refuses = (code: string) => (error: unknown) => error instanceof HskError && error.code === code;

describe('httpTransport', () => {
  it('sends the calls of one turn in one batch and pairs answers by id', async () => {
    const { url, seen } = await endpoint(echo);
    const transport = httpTransport([url]);
    const answers = await Promise.all(['a', 'b', 'c'].map((method) => transport.request(method, [])));
    assert.deepEqual(answers, ['a', 'b', 'c']);
    assert.equal(seen(), 1);
  });

  it('falls back to the next endpoint and stays there', async () => {
    const dead = await endpoint((_calls, response) => {
      response.statusCode = 503;
      response.end();
    });
    const live = await endpoint(echo);
    const transport = httpTransport([dead.url, live.url]);
    assert.equal(await transport.request('a', []), 'a');
    assert.equal(await transport.request('b', []), 'b');
    assert.equal(dead.seen(), 1);
  });

  it('leaves an endpoint that lied for the next one', async () => {
    const first = await endpoint(echo);
    const second = await endpoint(echo);
    const transport = httpTransport([first.url, second.url]);
    await transport.request('a', []);
    transport.distrust?.('false');
    await transport.request('b', []);
    assert.deepEqual([first.seen(), second.seen()], [1, 1]);
  });

  it('says TRANSPORT_UNREACHABLE when nobody answers, and recovers by itself', async () => {
    const { url, server } = await endpoint(echo);
    const port = Number(new URL(url).port);
    const transport = httpTransport([url], { backoff: 5 });
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(transport.request('a', []), refuses('TRANSPORT_UNREACHABLE'));
    await endpoint(echo, port);
    assert.equal(await transport.request('a', []), 'a');
  });

  it('gives up on an endpoint that hangs', async () => {
    const { url } = await endpoint(() => undefined);
    const transport = httpTransport([url], { timeout: 50, rounds: 1 });
    await assert.rejects(transport.request('a', []), refuses('TRANSPORT_TIMEOUT'));
    servers.at(-1)?.closeAllConnections();
  });

  it('keeps an RPC error apart from a dead endpoint', async () => {
    const { url, seen } = await endpoint((calls, response) =>
      response.end(JSON.stringify({ id: calls[0]!.id, error: { code: -32000, message: 'nonce too low' } })),
    );
    await assert.rejects(
      httpTransport([url]).request('eth_sendRawTransaction', ['0x']),
      (error: unknown) =>
        error instanceof HskError && error.code === 'RPC_ERROR' && error.details === '-32000 nonce too low',
    );
    assert.equal(seen(), 1);
  });

  it('refuses a call that the batch left unanswered', async () => {
    const { url } = await endpoint((calls, response) =>
      response.end(
        JSON.stringify(calls.map(({ id, method }) => ({ id: method === 'a' ? id : 0, result: 1 }))),
      ),
    );
    const transport = httpTransport([url], { backoff: 5 });
    const [first, second] = await Promise.allSettled([
      transport.request('a', []),
      transport.request('b', []),
    ]);
    assert.equal(first.status, 'fulfilled');
    assert.ok(second.status === 'rejected' && refuses('TRANSPORT_ANSWER_INVALID')(second.reason));
  });

  it('asks the next endpoint for what the first left unanswered', async () => {
    const first = await endpoint((calls, response) =>
      response.end(JSON.stringify([{ id: calls[0]!.id, result: 'first' }])),
    );
    const second = await endpoint(echo);
    const transport = httpTransport([first.url, second.url]);
    const answers = await Promise.all(['a', 'b'].map((method) => transport.request(method, [])));
    assert.deepEqual(answers, ['first', 'b']);
  });

  it('leaves a liar once for answers that fail together', async () => {
    const [first, second, third] = [await endpoint(echo), await endpoint(echo), await endpoint(echo)];
    const transport = httpTransport([first.url, second.url, third.url]);
    await transport.request('a', []);
    transport.distrust?.('false');
    transport.distrust?.('false');
    await transport.request('b', []);
    assert.deepEqual([first.seen(), second.seen(), third.seen()], [1, 1, 0]);
  });

  it('asks one endpoint only when all is well', async () => {
    const [first, second] = [await endpoint(echo), await endpoint(echo)];
    const transport = httpTransport([first.url, second.url]);
    for (let round = 0; round < 20; round++) await transport.request('a', []);
    assert.deepEqual([first.seen(), second.seen()], [20, 0]);
  });

  it('asks the next endpoint as well while the first is silent, and prefers the one that spoke', async () => {
    const hanging = await endpoint(() => undefined);
    const live = await endpoint(echo);
    const transport = httpTransport([hanging.url, live.url]);
    const begun = performance.now();
    assert.equal(await transport.request('a', []), 'a');
    const took = performance.now() - begun;
    assert.ok(took < 1000, `${took} ms`);
    assert.equal(await transport.request('b', []), 'b');
    assert.deepEqual([hanging.seen(), live.seen()], [1, 2]);
  });

  it('takes the slow one up again after a while, and leaves it for longer when it is slow again', async () => {
    let clock = 0;
    const hanging = await endpoint(() => undefined);
    const live = await endpoint(echo);
    const transport = httpTransport([hanging.url, live.url], { hedge: 20, now: () => clock });
    const seenAt = async (time: number) => {
      clock = time;
      await transport.request('a', []);
      return hanging.seen();
    };
    assert.deepEqual([await seenAt(0), await seenAt(1900), await seenAt(2100)], [1, 1, 2]);
    assert.deepEqual([await seenAt(5900), await seenAt(6200)], [2, 3]);
  });

  it('does not call the endpoint slow that answers before the one asked after it', async () => {
    const slow = await endpoint((calls, response) => void setTimeout(() => echo(calls, response), 120));
    const hanging = await endpoint(() => undefined);
    const transport = httpTransport([slow.url, hanging.url], { hedge: 40 });
    await transport.request('a', []);
    await transport.request('b', []);
    assert.deepEqual([slow.seen(), hanging.seen()], [2, 1]);
  });

  it('does not hedge an answer that is on its way', async () => {
    const slow = await endpoint((calls, response) => {
      const text = JSON.stringify({ id: calls[0]!.id, result: 'slow' });
      response.write(text.slice(0, 5));
      let at = 5;
      const more = setInterval(() => {
        response.write(text.slice(at, (at += 3)));
        if (at >= text.length) response.end(() => clearInterval(more));
      }, 30);
    });
    const other = await endpoint(echo);
    const transport = httpTransport([slow.url, other.url], { hedge: 100, timeout: 120 });
    assert.equal(await transport.request('a', []), 'slow');
    assert.equal(other.seen(), 0);
  });

  it('gives up within its time however many endpoints hang', async () => {
    const urls = await Promise.all(
      Array.from({ length: 4 }, async () => (await endpoint(() => undefined)).url),
    );
    const begun = performance.now();
    const transport = httpTransport(urls, { timeout: 400, hedge: 100 });
    await assert.rejects(transport.request('a', []), refuses('TRANSPORT_TIMEOUT'));
    const took = performance.now() - begun;
    assert.ok(took < 800, `${took} ms`);
  });

  it('takes a refusal only when the silent endpoint does not know better', async () => {
    const late = await endpoint((calls, response) => void setTimeout(() => echo(calls, response), 150));
    const refusing = await endpoint((calls, response) =>
      response.end(JSON.stringify({ id: calls[0]!.id, error: { code: -32000, message: 'already known' } })),
    );
    const transport = httpTransport([late.url, refusing.url], { hedge: 30 });
    assert.equal(await transport.request('eth_sendRawTransaction', []), 'eth_sendRawTransaction');
    assert.equal(refusing.seen(), 1);
  });

  it('asks about a session only the endpoint that it is signed for, and another for what that one hides', async () => {
    const needs = await endpoint((calls, response) =>
      response.end(JSON.stringify({ id: calls[0]!.id, error: { code: -32001, message: 'sign in' } })),
    );
    const open = await endpoint(echo);
    const transport = httpTransport([needs.url, open.url], { backoff: 5 });
    await assert.rejects(transport.request('hsk_getSessionNonce', []), refuses('SESSION_NEEDED'));
    assert.equal(open.seen(), 0);
    assert.equal(await transport.request('eth_getProof', []), 'eth_getProof');
  });

  it('leaves a liar for long and one that lags for a while', async () => {
    let clock = 0;
    const [first, second] = [await endpoint(echo), await endpoint(echo)];
    const transport = httpTransport([first.url, second.url], { now: () => clock });
    await transport.request('a', []);
    assert.equal(transport.distrust?.('behind'), true);
    await transport.request('a', []);
    clock = 11_000;
    await transport.request('a', []);
    assert.deepEqual([first.seen(), second.seen()], [2, 1]);
    transport.distrust?.('false');
    clock = 500_000;
    await transport.request('a', []);
    assert.equal(transport.distrust?.('false'), false, 'both lied');
    assert.deepEqual([first.seen(), second.seen()], [2, 2]);
    clock = 620_000;
    await transport.request('a', []);
    assert.equal(first.seen(), 3);
  });

  it('tells apart how an endpoint fails', async () => {
    const failing: [string, Answer][] = [
      ['TRANSPORT_STATUS', (_calls, response) => response.writeHead(500).end()],
      ['TRANSPORT_NOT_JSON', (_calls, response) => response.end('[{"id":1,"resu')],
      ['TRANSPORT_ANSWER_INVALID', (_calls, response) => response.end('null')],
      ['TRANSPORT_ANSWER_SIZE', (_calls, response) => response.end(' '.repeat(2000))],
    ];
    const urls: string[] = [];
    for (const [code, answer] of failing) {
      const { url } = await endpoint(answer);
      urls.push(url);
      const transport = httpTransport([url], { backoff: 5, answerLimit: 1000 });
      await assert.rejects(transport.request('a', []), refuses(code));
    }
    await assert.rejects(
      httpTransport(urls, { backoff: 5 }).request('a', []),
      refuses('TRANSPORT_UNREACHABLE'),
    );
  });
});
