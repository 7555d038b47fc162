import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { answer } from './dispatch.ts';
import { parseLogFilter } from './log-methods.ts';
import { INVALID_PARAMS, RpcError } from './rpc-error.ts';
import type { SubscribableView } from './view.ts';

const MAX_SUBSCRIPTIONS = 128;
/** A peer that does not read is cut off: bytes that wait for it. */
const MAX_BUFFERED = 16 << 20;

/** Serves one WebSocket: all methods of the chain, and `eth_subscribe` to newHeads, logs and pending hashes. */
export function serveSocket(socket: WebSocket, chain: SubscribableView): void {
  const stops = new Map<string, () => void>();
  const send = (text: string) => {
    if (socket.bufferedAmount > MAX_BUFFERED) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.send(text);
  };
  const notify = (subscription: string, result: unknown) =>
    send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } }));

  const subscribe = (kind: unknown, filter: unknown): string => {
    if (stops.size >= MAX_SUBSCRIPTIONS) throw new RpcError(INVALID_PARAMS, 'too many subscriptions');
    const id = `0x${randomBytes(16).toString('hex')}`;
    stops.set(
      id,
      start(kind, filter, (result) => notify(id, result)),
    );
    return id;
  };
  const start = (kind: unknown, filter: unknown, emit: (result: unknown) => void): (() => void) => {
    if (kind === 'newHeads') return chain.onHead(emit);
    if (kind === 'newPendingTransactions') return chain.onPending(emit);
    if (kind === 'logs') {
      parseLogFilter([filter ?? {}]);
      return chain.onLogs(filter, emit);
    }
    throw new RpcError(INVALID_PARAMS, `no "${String(kind)}" subscription in eth namespace`);
  };

  socket.on('message', (bytes, binary) => {
    if (binary) return socket.close(1003);
    const run = async (method: string, params: unknown[]) => {
      if (method === 'eth_subscribe') {
        await chain.mayFollow?.(params[0]);
        return subscribe(params[0], params[1]);
      }
      if (method === 'eth_unsubscribe') {
        const stop = stops.get(String(params[0]));
        stop?.();
        return stops.delete(String(params[0]));
      }
      return chain.request(method, params);
    };
    void answer(String(bytes), run).then((text) => text !== undefined && send(text));
  });
  socket.on('close', () => {
    for (const stop of stops.values()) stop();
    stops.clear();
  });
  socket.on('error', () => socket.terminate());
}
