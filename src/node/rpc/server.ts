import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { HskError } from '../../protocol/errors.ts';
import { answer, chainRun } from './dispatch.ts';
import { serveSocket } from './subscriptions.ts';
import { type ChainView, type Served, subscribable, viewFor } from './view.ts';

export interface RpcServerOptions {
  /** Path to chain, such as `/mainchain`: JSON-RPC by POST and WebSocket. More may be put in while it serves. */
  chains: Record<string, Served>;
  /** Serves every other path. */
  app?: Hono;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  /** Bytes of a JSON-RPC body; default 5 MiB. */
  bodyLimit?: number;
}

export interface RpcServer {
  readonly port: number;
  /** `http://host:port`, no slash at the end. */
  readonly url: string;
  /** Takes nothing new, answers what it has taken within `DRAIN_MS`, then ends every connection. */
  close(): Promise<void>;
}

/** Milliseconds that open requests get to end in. */
const DRAIN_MS = 3000;

const CORS: Record<string, string> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET, OPTIONS',
  // The wildcard does not cover Authorization (Fetch, CORS-preflight).
  'access-control-allow-headers': '*, Authorization',
  'access-control-max-age': '86400',
};

const NO_SUCH_SOCKET = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** One port for the chains and everything else. @throws `RPC_PORT_TAKEN`. */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const bodyLimit = options.bodyLimit ?? 5 << 20;
  const host = options.host ?? '127.0.0.1';
  const chainAt = (request: IncomingMessage): ChainView | undefined => {
    request.url = originForm(request);
    const served = options.chains[request.url.replace(/[?#].*/s, '').replace(/(.)\/$/, '$1')];
    const { authorization } = request.headers;
    return served && viewFor(served, { authorization, peer: request.socket.remoteAddress ?? '' });
  };
  const other = options.app && getRequestListener(options.app.fetch);

  const server = createServer((request, response) => {
    const chain = chainAt(request);
    if (chain) void serveHttp(request, response, chain, bodyLimit);
    else if (other) void other(request, response);
    else response.writeHead(404, CORS).end('not found');
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: bodyLimit });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node takes its own listener away here: a peer that resets would end the process.
    socket.on('error', () => socket.destroy());
    const chain = chainAt(request);
    if (!chain || !subscribable(chain)) return socket.end(NO_SUCH_SOCKET);
    sockets.handleUpgrade(request, socket, head, (connection) => serveSocket(connection, chain));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new HskError('RPC_PORT_TAKEN', `Port ${options.port} is taken`, {
              cause,
              action: 'Choose another port, or stop the program that uses it.',
            })
          : cause,
      ),
    );
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      for (const connection of sockets.clients) connection.close(1001);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const drained = setTimeout(() => {
        for (const connection of sockets.clients) connection.terminate();
        server.closeAllConnections();
      }, DRAIN_MS);
      await closed;
      clearTimeout(drained);
    },
  };
}

/** Proxies send the whole URL (RFC 9112 §3.2.2): only its path and query say what is asked for here. */
function originForm({ url = '/' }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/?#]*(?=(.?))/i, (_authority, next) => (next === '/' ? '' : '/'));
}

async function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  chain: ChainView,
  bodyLimit: number,
): Promise<void> {
  if (request.method === 'OPTIONS') return void response.writeHead(204, CORS).end();
  if (request.method !== 'POST') return void response.writeHead(405, { ...CORS, allow: 'POST' }).end();
  const body = await readBody(request, bodyLimit);
  if (body === undefined) {
    response.writeHead(413, { ...CORS, connection: 'close' }).end('content length too large');
    request.destroy();
    return;
  }
  const text = await answer(body, chainRun(chain));
  if (response.destroyed) return;
  if (text === undefined) return void response.writeHead(204, CORS).end();
  const length = Buffer.byteLength(text);
  response
    .writeHead(200, { ...CORS, 'content-type': 'application/json', 'content-length': length })
    .end(text);
}

/** Undefined when the body is longer than allowed, or the peer went away. */
function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length > limit) resolve(undefined);
      else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
