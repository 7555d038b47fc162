import type { Address, Hex } from 'viem';
import { address, hex, list, object, optional, type Parser } from '../../protocol/parse.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toBytes } from '../chain/bytes.ts';
import type { RpcMethod } from '../chain/chain.ts';
import { keccak } from '../chain/crypto.ts';
import type { Ledger } from '../chain/ledger.ts';
import { formatReceipt, type Json } from './format.ts';
import { hashParam, param, quantityParam, requiredBlock } from './params.ts';
import { type DecodedLog, decodeReceipt } from './receipt.ts';
import { INVALID_PARAMS, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Empty lists match anything; a position of `topics` matches any of its alternatives. */
export interface LogFilter {
  addresses: Address[];
  topics: Hex[][];
}

/** Block numbers, both included; no end means the head. */
export interface LogRange {
  first: bigint;
  last: bigint | undefined;
}

/** Most logs in one answer. */
export const MAX_LOGS = 20_000;
/** Most addresses, and most alternatives of a topic. */
const MAX_CHOICES = 1000;
/** Blocks between two turns of the event loop. */
const BLOCKS_PER_TURN = 64;

const filterObject = object<{ address: unknown; topics: unknown[] | undefined }>({
  address: (value) => value,
  topics: optional(list((value) => value, 4)),
});
const rangeObject = object<{ blockHash: unknown; fromBlock: unknown; toBlock: unknown }>({
  blockHash: (value) => value,
  fromBlock: (value) => value,
  toBlock: (value) => value,
});
const choices = <T>(item: Parser<T>): Parser<T[]> => {
  const several = list(item, MAX_CHOICES);
  return (value, path) =>
    value === null || value === undefined ? [] : several(Array.isArray(value) ? value : [value], path);
};

/** What to look for, of the filter in `params[0]`. */
export function parseLogFilter(params: unknown[]): LogFilter {
  return param(params, 0, (value, path) => {
    const filter = filterObject(value, path);
    return {
      addresses: choices(address)(filter.address, `${path}.address`),
      topics: (filter.topics ?? []).map((one, index) => choices(hex(32))(one, `${path}.topics[${index}]`)),
    };
  });
}

/** Where to look. A range may reach beyond the head. */
export function logRange(ledger: Ledger, params: unknown[]): LogRange {
  const range = param(params, 0, rangeObject);
  if (range.blockHash !== undefined && range.blockHash !== null) {
    if ((range.fromBlock ?? range.toBlock ?? undefined) !== undefined)
      throw new RpcError(
        INVALID_PARAMS,
        'invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
      );
    const block = ledger.block(hashParam([range.blockHash], 0));
    if (!block) throw new RpcError(SERVER_ERROR, 'unknown block');
    return { first: block.header.number, last: block.header.number };
  }
  const first = blockNumber(ledger, range.fromBlock) ?? ledger.head.header.number;
  const last = blockNumber(ledger, range.toBlock);
  if (last !== undefined && first > last) throw new RpcError(INVALID_PARAMS, 'invalid block range params');
  return { first, last };
}

/** Undefined for the head, which moves. */
function blockNumber(ledger: Ledger, tag: unknown): bigint | undefined {
  if (tag === undefined || tag === null) return undefined;
  if (typeof tag === 'string' && tag.startsWith('0x') && tag.length < 66) return quantityParam([tag], 0);
  const block = requiredBlock(ledger, [tag], 0);
  return tag === 'earliest' ? 0n : block === ledger.head ? undefined : block.header.number;
}

export function logMethods(ledger: Ledger): { eth_getLogs: RpcMethod } {
  return {
    eth_getLogs: async (params) => {
      const filter = parseLogFilter(params);
      const { first, last = ledger.head.header.number } = logRange(ledger, params);
      const found: Json[] = [];
      for (let number = first; number <= last && number <= ledger.head.header.number; number++) {
        found.push(...matchingLogs(ledger, ledger.block(number)!, filter));
        if (found.length > MAX_LOGS)
          throw new RpcError(-32005, `query returned more than ${MAX_LOGS} results`);
        if (Number(number) % BLOCKS_PER_TURN === 0) await new Promise(setImmediate);
      }
      return found;
    },
  };
}

export function matchingLogs(ledger: Ledger, block: BlockRecord, filter: LogFilter): Json[] {
  if (block.receipts.length === 0 || !mayContain(block.header.logsBloom, filter)) return [];
  return block.receipts.flatMap((encoded, index) => {
    const { logs } = decodeReceipt(encoded);
    if (!logs.some((log) => matches(log, filter))) return [];
    const formatted = formatReceipt(ledger, block, index).logs as Json[];
    return formatted.filter((_log, position) => matches(logs[position]!, filter));
  });
}

function matches(log: DecodedLog, filter: LogFilter): boolean {
  if (filter.addresses.length > 0 && !filter.addresses.includes(log.address)) return false;
  // As geth: a position that matches anything still asks for a topic to be there.
  if (filter.topics.length > log.topics.length) return false;
  return filter.topics.every(
    (alternatives, index) => alternatives.length === 0 || alternatives.includes(log.topics[index]!),
  );
}

/** False proves that the block has no such log (yellow paper §4.3.1: the bloom has no false negatives). */
function mayContain(bloom: Hex, filter: LogFilter): boolean {
  const bits = toBytes(bloom);
  const any = (values: Hex[]) => values.length === 0 || values.some((value) => inBloom(bits, value));
  return any(filter.addresses) && filter.topics.every(any);
}

function inBloom(bits: Uint8Array, value: Hex): boolean {
  const hash = keccak(toBytes(value));
  for (let pair = 0; pair < 6; pair += 2) {
    const bit = ((hash[pair]! << 8) | hash[pair + 1]!) & 2047;
    if (!(bits[255 - (bit >> 3)]! & (1 << (bit & 7)))) return false;
  }
  return true;
}
