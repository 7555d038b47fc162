import type { Address, Hex } from 'viem';
import type { LogFilter } from '../../protocol/logs.ts';
import { address, hex, list, object, optional, type Parser } from '../../protocol/parse.ts';
import type { Reader } from '../read.ts';
import { rpcLog } from '../rpc-format.ts';
import { blockAt, type Method } from './block-at.ts';

export const LOG_METHODS: Record<string, Method> = {
  eth_getLogs: async (reader, params) => {
    const { filter, from, to } = await logQuery(reader, params[0]);
    const logs = await reader.logs(filter, from, to);
    return Promise.all(logs.map(async (log) => rpcLog(log, await reader.block(log.blockNumber))));
  },
};

const topic: Parser<readonly Hex[] | null> = (value, path) =>
  value === null ? null : Array.isArray(value) ? list(hex(32), 32)(value, path) : [hex(32)(value, path)];

const parseFilter = object<{
  address: readonly Address[] | undefined;
  topics: (readonly Hex[] | null)[] | undefined;
  fromBlock: unknown;
  toBlock: unknown;
  blockHash: Hex | undefined;
}>({
  address: optional((value, path) =>
    Array.isArray(value) ? list(address, 64)(value, path) : [address(value, path)],
  ),
  topics: optional(list(topic, 4)),
  fromBlock: (value) => value,
  toBlock: (value) => value,
  blockHash: optional(hex(32)),
});

async function logQuery(
  reader: Reader,
  json: unknown,
): Promise<{ filter: LogFilter; from: bigint; to: bigint }> {
  const parsed = parseFilter(json, 'params[0]');
  const to = await blockAt(reader, parsed.blockHash ?? parsed.toBlock);
  const from = await blockAt(reader, parsed.blockHash ?? parsed.fromBlock);
  return {
    filter: { addresses: parsed.address ?? [], topics: parsed.topics ?? [] },
    from: from.header.number,
    to: to.header.number,
  };
}
