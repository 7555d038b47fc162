import type { RpcMethod } from '../chain/chain.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import type { Ledger } from '../chain/ledger.ts';
import { formatBlock, formatIncluded, formatReceipt, formatReceipts, formatTransaction } from './format.ts';
import { blockParam, hashParam, param, quantityParam, toQuantity } from './params.ts';
import { integer } from '../../protocol/parse.ts';

/** Blocks, transactions and receipts by number, hash and index. What does not exist is null. */
export function blockMethods(ledger: Ledger): Record<string, RpcMethod> {
  const byHash = (params: unknown[]) => ledger.block(hashParam(params, 0));
  const byNumber = (params: unknown[]) => {
    param(params, 0, (value) => value);
    return blockParam(ledger, params, 0);
  };
  const show = (block: BlockRecord | undefined, full: unknown) =>
    Promise.resolve(block ? formatBlock(ledger, block, full === true) : null);
  const count = (block: BlockRecord | undefined) =>
    Promise.resolve(block ? toQuantity(block.transactions.length) : null);
  const at = (block: BlockRecord | undefined, params: unknown[]) => {
    const index = param([Number(quantityParam(params, 1))], 0, integer);
    return Promise.resolve(
      block && index < block.transactions.length ? formatIncluded(ledger, block, index) : null,
    );
  };
  const raw = (block: BlockRecord | undefined, params: unknown[]) =>
    Promise.resolve(block?.transactions[Number(quantityParam(params, 1))] ?? null);
  const none = (block: BlockRecord | undefined) => Promise.resolve(block ? '0x0' : null);

  return {
    eth_blockNumber: () => Promise.resolve(toQuantity(ledger.head.header.number)),
    eth_getBlockByNumber: (params) => show(byNumber(params), params[1]),
    eth_getBlockByHash: (params) => show(byHash(params), params[1]),
    eth_getBlockTransactionCountByNumber: (params) => count(byNumber(params)),
    eth_getBlockTransactionCountByHash: (params) => count(byHash(params)),
    eth_getUncleCountByBlockNumber: (params) => none(byNumber(params)),
    eth_getUncleCountByBlockHash: (params) => none(byHash(params)),
    eth_getTransactionByBlockNumberAndIndex: (params) => at(byNumber(params), params),
    eth_getTransactionByBlockHashAndIndex: (params) => at(byHash(params), params),
    eth_getRawTransactionByBlockNumberAndIndex: (params) => raw(byNumber(params), params),
    eth_getRawTransactionByBlockHashAndIndex: (params) => raw(byHash(params), params),
    eth_getTransactionByHash: (params) => {
      const hash = hashParam(params, 0);
      const place = ledger.store.transaction(hash);
      const block = place && ledger.block(place.blockNumber);
      if (block) return Promise.resolve(formatIncluded(ledger, block, place.index));
      const waiting = ledger.pool.get(hash);
      return Promise.resolve(waiting ? formatTransaction(waiting) : null);
    },
    eth_getRawTransactionByHash: (params) => {
      const hash = hashParam(params, 0);
      const place = ledger.store.transaction(hash);
      const waiting = ledger.pool.get(hash);
      const stored = place && ledger.block(place.blockNumber)?.transactions[place.index];
      return Promise.resolve(stored ?? (waiting ? `0x${Buffer.from(waiting.raw).toString('hex')}` : null));
    },
    eth_getTransactionReceipt: (params) => {
      const place = ledger.store.transaction(hashParam(params, 0));
      const block = place && ledger.block(place.blockNumber);
      return Promise.resolve(block ? formatReceipt(ledger, block, place.index) : null);
    },
    eth_getBlockReceipts: (params) => {
      const block = byNumber(params);
      return Promise.resolve(block ? formatReceipts(ledger, block) : null);
    },
  };
}
