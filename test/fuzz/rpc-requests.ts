import {
  bent,
  hostileBody,
  hostileParams,
  hostileValue,
  METHODS,
  scratched,
} from '../node/hostile-values.ts';
import type { Random } from './random.ts';
import { bodyFor, GET_PATHS, type Known, POST_PATHS } from './rpc-services.ts';

/** What the answer to a hostile request has to be. */
export type Want =
  /** JSON-RPC, 204 where there is nothing to answer, 413 for what is too long. */
  | 'rpc'
  /** Success, or `{error: {code, …}}` with 4xx or 503. */
  | 'service'
  /** Anything of HTTP that is no failure of the node, or the end of the connection. */
  | 'http';

export interface HostileRequest {
  kind: string;
  bytes: Buffer;
  want: Want;
  /** Answers that come on a connection that is kept. */
  replies: number;
  /** The answer has no body (HEAD). */
  bodiless?: boolean;
  /** A connection of its own: `read` until the peer ends it, `leave` open without another word, `reset` at once. */
  alone?: 'read' | 'leave' | 'reset';
}

const CHAINS = ['/execution', '/mainchain', '/execution', '/mainchain/', '/execution?x=1'];
const CONTENT_TYPES = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/octet-stream',
  '',
  ';;;',
  `a/${'b'.repeat(3000)}`,
];
const VERBS = ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'POST'];
/** Names that a router, a table of chains or a file system might take for something else. */
const PATHS = [
  ['/', '//', '///', '/%00', '/%', '/%ff%fe', '/%2e%2e/%2e%2e/etc/passwd', '/../../etc/passwd', '/[', '//['],
  ['//:99999', '//evil.example/execution', '/execution/', '/execution//', '/Execution', '/execution/x'],
  ['/mainchain%00', '/%6dainchain', '/__proto__', '/constructor', '/toString', '/issuer/../execution'],
  ['/?', '/#', '/livez?a=%', '/readyz/', '/status/x', '/metrics;x', '/profile.json', '/keys/hsp-bearer'],
  ['http://evil.example/execution', 'http://127.0.0.1/', 'HTTP://x', 'https://x:y@z/livez', '*', 'x'],
  `/${'a'.repeat(12_000)}`,
  `/${'%2f'.repeat(3000)}`,
  `/desk/terms/${'💥'.repeat(500)}`,
].flat();
const HOSTS = [
  'x',
  '',
  '[',
  'a b',
  'a/b',
  ':99999',
  'u@x',
  'x\t',
  'localhost:1',
  '%00',
  `${'h'.repeat(3000)}`,
];

/** One HTTP request; the length is what it is. */
function http(
  method: string,
  path: string,
  body: string | Uint8Array = '',
  headers: readonly string[] = [],
): Buffer {
  const content = Buffer.from(body as string);
  const lines = [`${method} ${path} HTTP/1.1`, ...headers];
  if (!headers.some((line) => line.toLowerCase().startsWith('host:'))) lines.push('Host: localhost');
  if (content.length > 0 || method === 'POST') lines.push(`Content-Length: ${content.length}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

type Make = (random: Random, known: Known) => HostileRequest;

const rpc = (kind: string, bytes: Buffer): HostileRequest => ({ kind, bytes, want: 'rpc', replies: 1 });
const service = (kind: string, bytes: Buffer): HostileRequest => ({
  kind,
  bytes,
  want: 'service',
  replies: 1,
});
const alone = (kind: string, bytes: Buffer, how: HostileRequest['alone']): HostileRequest => ({
  kind,
  bytes,
  want: 'http',
  replies: 1,
  alone: how!,
});

const call = (random: Random) => ({
  jsonrpc: '2.0',
  id: random.below(1000),
  method: random.pick(METHODS),
  params: hostileParams(random),
});

const parameters: Make = (random) =>
  rpc('wrong parameters', http('POST', random.pick(CHAINS), JSON.stringify(call(random))));

const bodies: Make = (random) =>
  rpc('broken or strange body', http('POST', random.pick(CHAINS), hostileBody(random)));

const batches: Make = (random) => {
  const item = () =>
    random.pick<() => unknown>([() => call(random), () => hostileValue(random), () => [call(random)]])();
  const few = () => JSON.stringify(Array.from({ length: random.below(40) }, item));
  const quiet = () => JSON.stringify(Array.from({ length: 1000 }, () => ({ method: 'eth_chainId' })));
  const many = () => `[${'{"id":1,"method":"eth_chainId"},'.repeat(random.pick([200, 998, 1005]))}5]`;
  const nested = () => `${'['.repeat(300)}${']'.repeat(300)}`;
  const body = random.pick([few, few, few, few, few, few, few, few, nested, quiet, many])();
  return rpc('batch', http('POST', random.pick(CHAINS), body));
};

const extremes: Make = (random) => {
  const filler = (size: number) => random.pick(['0', 'f', '[', '"', ' ', '{"a":', '\\u0000']).repeat(size);
  const body = random.pick([
    () => filler(random.below(20_000)),
    () => `{"id":1,"method":"eth_chainId","params":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    () => `{"id":1,"method":"eth_call","params":[${'{"to":'.repeat(2000)}1${'}'.repeat(2000)}]}`,
    () => `{"id":${'9'.repeat(3000)},"method":"eth_chainId"}`,
    () => `{"id":1e999,"method":"eth_feeHistory","params":[1e999,"latest",[${'1,'.repeat(2000)}1]]}`,
    () => `{"id":"${'i'.repeat(30_000)}","method":"eth_chainId"}`,
    () => `{"id":1,"method":"web3_sha3","params":["0x${'0'.repeat(2 * random.below(30_000))}"]}`,
    () => `{"id":1,"id":2,"method":"eth_chainId","method":"x","__proto__":{"method":"eth_accounts"}}`,
  ])();
  return rpc('extreme body', http('POST', random.pick(CHAINS), body));
};

const garbage: Make = (random) => {
  const bytes = Buffer.from(Array.from({ length: random.below(400) }, () => random.below(256)));
  const inside = Buffer.concat([
    Buffer.from('{"id":1,"method":"eth_getBalance","params":["'),
    Buffer.from(
      random.pick([
        [0xc0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xff, 0xfe],
        [0xf8, 0x88, 0x80, 0x80, 0x80],
      ]),
    ),
    Buffer.from('"]}'),
  ]);
  return rpc('bytes that are no UTF-8', http('POST', random.pick(CHAINS), random.pick([bytes, inside])));
};

const contentTypes: Make = (random, known) => {
  const type = [`Content-Type: ${random.pick(CONTENT_TYPES)}`];
  const path = random.pick(POST_PATHS);
  return random.chance(50)
    ? rpc('content type', http('POST', random.pick(CHAINS), JSON.stringify(call(random)), type))
    : service('content type', http('POST', path, JSON.stringify(bodyFor(path, known)), type));
};

const forms: Make = (random, known) => {
  const path = random.pick(POST_PATHS);
  const base = bodyFor(path, known);
  const value = random.chance(85) ? bent(random, base) : hostileValue(random);
  const body = random.chance(80) ? JSON.stringify(value) : scratched(random, JSON.stringify(value) + ' ');
  const headers =
    known.bearer !== undefined && path.startsWith('/hsp') && random.chance(80)
      ? [`Authorization: Bearer ${known.bearer}`]
      : random.pick([[], [], ['Authorization: Bearer x'], ['Authorization: HSK-Account 0x 1 2 3']]);
  return service('form of a service', http('POST', path, body, headers));
};

const reads: Make = (random) => {
  const value = String(random.pick([hostileValue(random, 9), random.below(70)]));
  // As UTF-8, which has no lone surrogates.
  const part = encodeURIComponent(Buffer.from(value).toString());
  const path = random.pick(GET_PATHS).replace('*', part.slice(0, 9000));
  return service('read of a service', http('GET', path));
};

const verbs: Make = (random) => {
  const verb = random.pick(VERBS);
  const path = random.pick([...CHAINS, ...POST_PATHS, '/livez', '/', '/nothing']);
  return {
    ...alone('other verb', http(verb, path, '', ['Connection: close']), 'read'),
    bodiless: verb === 'HEAD',
  };
};

const paths: Make = (random) =>
  alone(
    'path or host',
    http(random.pick(['GET', 'POST']), random.pick(PATHS), '', [
      'Connection: close',
      `Host: ${random.chance(60) ? 'x' : random.pick(HOSTS)}`,
    ]),
    'read',
  );

const SECOND = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';
const smuggled: Make = (random) => {
  const path = random.pick(['/execution', '/faucet', '/livez']);
  const headers = random.pick([
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 0'],
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Transfer-Encoding : chunked'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding: chunked, identity'],
    ['Content-Length: +5'],
    ['Content-Length: 0x5'],
    ['Content-Length: -1'],
    ['Content-Length: 99999999999999999999'],
    ['X: a\rb'],
    ['X: a\nContent-Length: 5'],
    [' folded: x'],
    [`X: ${'a'.repeat(20_000)}`],
    Array.from({ length: 3000 }, (_none, index) => `X-${index}: 1`),
    ['Expect: 100-continue', 'Content-Length: 0'],
    ['Expect: something'],
    ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
  ]);
  const text = `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`;
  return alone('smuggling', Buffer.from(`${text}0\r\n\r\n${SECOND}`, 'latin1'), 'read');
};

const noHttp: Make = (random) => {
  const line = random.pick([
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
    'GET /livez HTTP/0.9\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'G\u0000T / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\r\n\r\n\r\nGET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n',
    '{"id":1,"method":"eth_chainId"}\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  ]);
  return alone('no HTTP', Buffer.from(line, 'latin1'), random.chance(70) ? 'read' : 'reset');
};

const unfinished: Make = (random, known) => {
  const path = random.pick(POST_PATHS);
  const whole = random.chance(50)
    ? http('POST', path, JSON.stringify(bodyFor(path, known)))
    : http('POST', random.pick(CHAINS), JSON.stringify(call(random)));
  const cut = whole.subarray(0, 1 + random.below(whole.length - 1));
  return alone('unfinished', cut, random.pick(['leave', 'reset'] as const));
};

const upgrades: Make = (random) => {
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  const headers = random.pick([
    [key, 'Sec-WebSocket-Version: 13'],
    [key, 'Sec-WebSocket-Version: 7'],
    ['Sec-WebSocket-Key: short', 'Sec-WebSocket-Version: 13'],
    ['Sec-WebSocket-Version: 13'],
    [
      key,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99',
    ],
    [key, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ,,'],
  ]);
  const path = random.pick(['/execution', '/nothing', '//', '/faucet', '/%', '/__proto__', '*']);
  const head = http(random.pick(['GET', 'GET', 'POST']), path, '', [
    'Connection: Upgrade',
    'Upgrade: websocket',
    ...headers,
  ]);
  const tail = Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
  const how = random.pick(['read', 'reset', 'reset'] as const);
  // A frame that announces more than it brings waits for the rest: only what ends is read to its end.
  const end = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);
  return alone('WebSocket handshake', Buffer.concat([head, how === 'read' ? end : tail]), how);
};

const pipelined: Make = (random) => {
  const count = 2 + random.below(8);
  const all = Array.from({ length: count }, () =>
    http('POST', random.pick(CHAINS), JSON.stringify(call(random))),
  );
  return { ...rpc('pipelined', Buffer.concat(all)), replies: count };
};

/** How often each comes, of a hundred. */
const MIX: readonly (readonly [number, Make])[] = [
  [30, parameters],
  [12, bodies],
  [5, batches],
  [4, extremes],
  [4, garbage],
  [4, contentTypes],
  [14, forms],
  [10, reads],
  [3, verbs],
  [4, paths],
  [3, smuggled],
  [2, noHttp],
  [2, unfinished],
  [2, upgrades],
  [1, pipelined],
];
const CHOICES = MIX.flatMap(([share, make]) => Array<Make>(share).fill(make));

/** The request that these choices make. */
export function hostileRequest(random: Random, known: Known): HostileRequest {
  return random.pick(CHOICES)(random, known);
}
