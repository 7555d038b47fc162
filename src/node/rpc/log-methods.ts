import { type Address, type Hex } from 'viem';
import { address, hex } from '../../protocol/parse.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toBytes } from '../chain/bytes.ts';
import type { RpcMethod } from '../chain/chain.ts';
import { keccak } from '../chain/crypto.ts';
import type { Ledger } from '../chain/ledger.ts';
import { formatReceipt, type Json } from './format.ts';
import { blockParam, param } from './params.ts';
import { type DecodedLog, decodeReceipt } from './receipt.ts';
import { INVALID_PARAMS, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Empty lists match anything; a position of `topics` matches any of its alternatives. */
export interface LogFilter {
  addresses: Address[];
  topics: Hex[][];
}

const MAX_LOGS = 20_000;
/** Blocks between two turns of the event loop. */
const BLOCKS_PER_TURN = 64;

export function parseLogFilter(value: unknown): LogFilter {
  const filter = (value ?? {}) as { address?: unknown; topics?: unknown };
  const addresses = filter.address ?? [];
  const topics = filter.topics ?? [];
  if (!Array.isArray(topics) || topics.length > 4)
    throw new RpcError(INVALID_PARAMS, 'invalid argument 0: topics is not a list of at most 4');
  return {
    addresses: (Array.isArray(addresses) ? addresses : [addresses]).map((one) => param([one], 0, address)),
    topics: topics.map((alternatives: unknown) => {
      if (alternatives === null || alternatives === undefined) return [];
      const choices: unknown[] = Array.isArray(alternatives) ? alternatives : [alternatives];
      return choices.map((one) => param([one], 0, hex(32)));
    }),
  };
}

export function logMethods(ledger: Ledger): Record<string, RpcMethod> {
  return {
    eth_getLogs: async ([value]) => {
      const filter = parseLogFilter(value);
      const range = (value ?? {}) as { blockHash?: unknown; fromBlock?: unknown; toBlock?: unknown };
      const named = (tag: unknown) => blockParam(ledger, [tag], 0);
      if (range.blockHash !== undefined) {
        const block = named(range.blockHash);
        if (!block) throw new RpcError(SERVER_ERROR, 'unknown block');
        return matchingLogs(ledger, block, filter);
      }
      const head = Number(ledger.head.header.number);
      const from = named(range.fromBlock);
      if (!from) return [];
      const first = Number(from.header.number);
      // A range may reach beyond the head; it ends there.
      const last = Number(named(range.toBlock)?.header.number ?? head);
      if (first > last) throw new RpcError(INVALID_PARAMS, 'invalid block range params');
      const found: Json[] = [];
      for (let number = first; number <= last; number++) {
        found.push(...matchingLogs(ledger, ledger.block(number)!, filter));
        if (found.length > MAX_LOGS)
          throw new RpcError(-32005, `query returned more than ${MAX_LOGS} results`);
        if (number % BLOCKS_PER_TURN === 0) await new Promise(setImmediate);
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
