import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { text } from '../../protocol/parse.ts';
import { answer } from './dispatch.ts';
import { parseLogFilter } from './log-methods.ts';
import { param } from './params.ts';
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

  const subscribe = (kind: string, filter: unknown): string => {
    if (stops.size >= MAX_SUBSCRIPTIONS) throw new RpcError(INVALID_PARAMS, 'too many subscriptions');
    const id = `0x${randomBytes(16).toString('hex')}`;
    stops.set(
      id,
      start(kind, filter, (result) => notify(id, result)),
    );
    return id;
  };
  const start = (kind: string, filter: unknown, emit: (result: unknown) => void): (() => void) => {
    if (kind === 'newHeads') return chain.onHead(emit);
    if (kind === 'newPendingTransactions') return chain.onPending(emit);
    if (kind === 'logs') {
      parseLogFilter([filter ?? {}]);
      return chain.onLogs(filter, emit);
    }
    throw new RpcError(INVALID_PARAMS, `no "${kind.slice(0, 80)}" subscription in eth namespace`);
  };

  socket.on('message', (bytes, binary) => {
    if (binary) return socket.close(1003);
    const run = async (method: string, params: unknown[]) => {
      if (method === 'eth_subscribe') {
        const kind = param(params, 0, text);
        await chain.mayFollow?.(kind);
        return subscribe(kind, params[1]);
      }
      if (method === 'eth_unsubscribe') {
        const id = param(params, 0, text);
        stops.get(id)?.();
        return stops.delete(id);
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
