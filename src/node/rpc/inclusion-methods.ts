import type { Hex } from 'viem';
import { orderedTrieProof } from '../../protocol/trie-root.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Ledger } from '../chain/ledger.ts';
import { hashParam, toQuantity } from './params.ts';

/**
 * One transaction, or one receipt, with the trie nodes from the header's root down to it: what a party can
 * check without the rest of the block. Null for what is in no block.
 */
export function inclusionMethods(ledger: Ledger): Record<string, RpcMethod> {
  const proven =
    (value: 'transaction' | 'receipt', list: (block: BlockRecord) => Hex[]): RpcMethod =>
    (params) => {
      const hash = hashParam(params, 0);
      const place = ledger.store.transaction(hash);
      const block = place && ledger.block(place.blockNumber);
      if (!block) return Promise.resolve(null);
      const { index } = place;
      const values = list(block);
      return Promise.resolve({
        transactionHash: hash,
        transactionIndex: toQuantity(index),
        blockNumber: toQuantity(block.header.number),
        blockHash: block.hash,
        [value]: values[index],
        proof: orderedTrieProof(values, index),
      });
    };
  return {
    hsk_getTransactionProof: proven('transaction', (block) => block.transactions),
    hsk_getReceiptProof: proven('receipt', (block) => block.receipts),
  };
}
