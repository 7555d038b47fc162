import { randomBytes } from 'node:crypto';
import type { Hex } from 'viem';
import { text } from '../../protocol/parse.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Ledger } from '../chain/ledger.ts';
import type { Json } from './format.ts';
import {
  type LogFilter,
  type LogRange,
  logRange,
  matchingLogs,
  MAX_LOGS,
  parseLogFilter,
} from './log-methods.ts';
import { param } from './params.ts';
import { PendingHashes } from './pending-hashes.ts';
import { RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Milliseconds after which a filter that nobody asks is gone (as geth). */
const LIFETIME = 300_000;
const MAX_FILTERS = 4096;
/** Most block hashes in one answer; what is more comes with the next. */
const MAX_BLOCKS = 10_000;

/** A filter keeps a place in the chain, not its results: what it has not told yet is read when asked. */
type Filter = { polled: number } & (
  | { kind: 'blocks'; next: bigint }
  | { kind: 'logs'; next: bigint; match: LogFilter; range: LogRange; asked: unknown }
  | { kind: 'pending'; next: number }
);

/** Polling filters. `now` is the clock by which they expire, milliseconds. */
export function filterMethods(
  ledger: Ledger,
  getLogs: RpcMethod,
  now: () => number = () => Date.now(),
): Record<string, RpcMethod> {
  const filters = new Map<string, Filter>();
  const pending = new PendingHashes(ledger);

  const expire = () => {
    for (const [id, filter] of filters) if (now() - filter.polled > LIFETIME) remove(id);
  };
  const remove = (id: string): boolean => {
    const removed = filters.delete(id);
    if (![...filters.values()].some(({ kind }) => kind === 'pending')) pending.stop();
    return removed;
  };
  const install = (filter: Filter): Promise<Hex> => {
    expire();
    if (filters.size >= MAX_FILTERS) throw new RpcError(SERVER_ERROR, 'too many filters');
    const id: Hex = `0x${randomBytes(16).toString('hex')}`;
    filters.set(id, filter);
    return Promise.resolve(id);
  };
  const found = (params: unknown[]): Filter => {
    const id = param(params, 0, text);
    expire();
    const filter = filters.get(id);
    if (!filter) throw new RpcError(SERVER_ERROR, 'filter not found');
    filter.polled = now();
    return filter;
  };
  const next = () => ledger.head.header.number + 1n;

  return {
    eth_newBlockFilter: () => install({ kind: 'blocks', polled: now(), next: next() }),
    eth_newPendingTransactionFilter: () => install({ kind: 'pending', polled: now(), next: pending.start() }),
    eth_newFilter: (params) => {
      const match = parseLogFilter(params);
      const range = logRange(ledger, params);
      return install({
        kind: 'logs',
        polled: now(),
        next: next(),
        match,
        range,
        asked: whatCounts(params[0]),
      });
    },
    eth_uninstallFilter: (params) => {
      expire();
      return Promise.resolve(remove(param(params, 0, text)));
    },
    eth_getFilterLogs: (params) => {
      const filter = found(params);
      if (filter.kind !== 'logs') throw new RpcError(SERVER_ERROR, 'filter not found');
      return getLogs([filter.asked]);
    },
    eth_getFilterChanges: (params) => {
      const filter = found(params);
      switch (filter.kind) {
        case 'pending': {
          const { hashes, end } = pending.since(filter.next);
          filter.next = end;
          return Promise.resolve(hashes);
        }
        case 'blocks': {
          const hashes: Hex[] = [];
          for (; filter.next < next() && hashes.length < MAX_BLOCKS; filter.next++)
            hashes.push(ledger.block(filter.next)!.hash);
          return Promise.resolve(hashes);
        }
        case 'logs': {
          const { first, last } = filter.range;
          const logs: Json[] = [];
          for (; filter.next < next() && logs.length < MAX_LOGS; filter.next++)
            if (filter.next >= first && (last === undefined || filter.next <= last))
              logs.push(...matchingLogs(ledger, ledger.block(filter.next)!, filter.match));
          return Promise.resolve(logs);
        }
      }
    },
  };
}

/** Of a filter that was parsed, what was: the rest of it is not kept, however long. */
function whatCounts(asked: unknown): Record<string, unknown> {
  const { address, topics, blockHash, fromBlock, toBlock } = asked as Record<string, unknown>;
  return { address, topics, blockHash, fromBlock, toBlock };
}
