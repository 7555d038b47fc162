import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { hostileBody, hostileParams, hostileValue, insideShown, METHODS } from '../node/hostile-values.ts';
import type { Random } from './random.ts';
import { judgeMessage, type Secrets } from './rpc-judge.ts';

/** Longer than a message may be. */
const OVERSIZE = 6 << 20;
const PATIENCE = 30_000;

/** One WebSocket: so many hostile messages, then perhaps one that ends it. Calls `count` with each outcome. */
export async function hostileSocket(
  random: Random,
  url: string,
  messages: number,
  secrets: Secrets,
  count: (outcome: string) => void,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const raw = connect(Number(port), hostname);
  const socket = new WebSocket(url, { createConnection: () => raw });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const waiting = new Map<string, () => void>();
  let fault: unknown;
  socket.on('message', (bytes) => {
    try {
      const text = String(bytes);
      const id = (JSON.parse(text) as { id?: unknown }).id;
      if (typeof id === 'string' && waiting.has(id)) return waiting.get(id)!();
      const shown = insideShown(text, secrets);
      if (shown !== undefined)
        throw new Error(`the answer shows ${JSON.stringify(shown)}: ${text.slice(0, 300)}`);
      if (text.includes('"eth_subscription"')) count('notification');
      else count(judgeMessage(text));
    } catch (error) {
      fault ??= error;
    }
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  for (let sent = 0; sent < messages; sent++) socket.send(message(random));
  await within(
    new Promise<void>((resolve) => {
      waiting.set('last', resolve);
      socket.send('{"id":"last","method":"net_version"}');
      void closed.then(resolve);
    }),
  );
  if (fault) throw fault;
  if (socket.readyState !== WebSocket.OPEN) throw new Error('text messages ended the connection');
  count(await end(random, socket, raw, closed));
  if (fault) throw fault;
}

function message(random: Random): string {
  const subscribe = () => [
    'eth_subscribe',
    [random.pick(['logs', 'logs', 'newHeads', hostileValue(random)]), hostileValue(random)],
  ];
  const unsubscribe = () => ['eth_unsubscribe', [hostileValue(random)]];
  const any = () => [random.pick(METHODS), hostileParams(random)];
  if (random.chance(20)) return hostileBody(random);
  const [method, params] = random.pick([subscribe, subscribe, unsubscribe, any])();
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

/** Ends the connection in one of the ways that no client would; the node has to end its side. */
async function end(random: Random, socket: WebSocket, raw: Socket, closed: Promise<void>): Promise<string> {
  const code = new Promise<number>((resolve) => socket.once('close', resolve));
  const mask = [1, 2, 3, 4];
  const ways: Record<string, () => void> = {
    'binary message': () => socket.send(Buffer.from([1, 2, 3])),
    'oversize message': () =>
      raw.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, OVERSIZE >> 16, 0, 0, ...mask])),
    'frame of 2^62 bytes': () => raw.write(Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, ...mask])),
    'unmasked frame': () => raw.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d])),
    'reserved opcode': () => raw.write(Buffer.from([0x83, 0x80, ...mask])),
    'reserved bits': () => raw.write(Buffer.from([0xf1, 0x80, ...mask])),
    'text that is no UTF-8': () => raw.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff])),
    'fragmented control frame': () => raw.write(Buffer.from([0x09, 0x80, ...mask])),
    'close code 0': () => raw.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0, 0])),
    'no frame at all': () => raw.write(Buffer.from(Array.from({ length: 300 }, () => 0xff))),
    reset: () => raw.resetAndDestroy(),
  };
  const way = random.pick(Object.keys(ways));
  ways[way]!();
  await within(closed);
  return `${way}: closed ${await code}`;
}

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the WebSocket neither answers nor ends')), PATIENCE);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
