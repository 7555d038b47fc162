import type { Hex } from 'viem';
import { numberToHex } from '../protocol/hex.ts';
import { HskError } from '../protocol/errors.ts';
import { EMPTY_TRIE_ROOT } from '../protocol/header.ts';
import { checkReceipts } from '../protocol/logs.ts';
import { list, object } from '../protocol/parse.ts';
import { type Receipt, receiptsFromRpc } from '../protocol/receipt.ts';
import { decodeTransaction, type Transaction, transactionFromRpc } from '../protocol/transaction.ts';
import { orderedTrieRoot } from '../protocol/trie-root.ts';
import type { HashedHeader } from './linked-headers.ts';
import { insist, type Transport } from './transport.ts';

/** The transactions and receipts of one verified block, each list complete and in order. */
export interface BlockBody {
  block: HashedHeader;
  transactions: Transaction[];
  receipts: Receipt[];
}

export type ReadBody = (block: HashedHeader) => Promise<BlockBody>;

/** Bodies under verified headers: both roots are rebuilt from all the items, so nothing can be left out. */
export function bodyReader(transport: Transport, limit = 128): ReadBody {
  const known = new Map<Hex, Promise<BlockBody>>();
  return (block) => {
    const found = known.get(block.hash);
    if (found) return found;
    const asked = insist(transport, () => fetchBody(transport, block));
    known.set(block.hash, asked);
    asked.catch(() => known.delete(block.hash));
    for (const old of known.keys()) {
      if (known.size <= limit) break;
      known.delete(old);
    }
    return asked;
  };
}

const parseTransactions = object<{ transactions: Hex[] }>({
  transactions: list(transactionFromRpc, 100_000),
});

async function fetchBody(transport: Transport, block: HashedHeader): Promise<BlockBody> {
  const { header } = block;
  if (header.transactionsRoot === EMPTY_TRIE_ROOT) return { block, transactions: [], receipts: [] };
  const number = numberToHex(header.number);
  const [blockJson, receiptsJson] = await Promise.all([
    transport.request('eth_getBlockByNumber', [number, true]),
    transport.request('eth_getBlockReceipts', [number]),
  ]);
  const { transactions } = parseTransactions(blockJson, 'block');
  return checkBody(block, transactions, receiptsFromRpc(receiptsJson));
}

/**
 * A body from raw transactions and receipts.
 * @throws `TRANSACTIONS_ROOT`, `RECEIPTS_COUNT`, `RECEIPTS_ROOT` unless both are all of the block's, in order
 * and unaltered
 */
export function checkBody(block: HashedHeader, raws: readonly Hex[], receipts: Receipt[]): BlockBody {
  const { header } = block;
  const rebuilt = orderedTrieRoot(raws);
  if (rebuilt !== header.transactionsRoot)
    throw new HskError('TRANSACTIONS_ROOT', "The transactions shown are not the block's", {
      details: `block ${header.number}: root ${rebuilt}, header says ${header.transactionsRoot}`,
      action: 'Something was left out or altered; ask another endpoint.',
    });
  if (receipts.length !== raws.length)
    throw new HskError(
      'RECEIPTS_COUNT',
      'The block has as many receipts as transactions; other ones were shown',
      {
        details: `block ${header.number}: ${receipts.length} for ${raws.length} transactions`,
        action: 'Something was left out or added; ask another endpoint.',
      },
    );
  checkReceipts(header, receipts);
  return { block, transactions: raws.map(decodeTransaction), receipts };
}
