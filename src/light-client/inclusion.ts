import type { Hex } from 'viem';
import { hex, integer, list, object, type Parser, quantity } from '../protocol/parse.ts';
import { verifyReceiptInclusion } from '../protocol/receipt.ts';
import { decodeTransaction, verifyTransactionInclusion } from '../protocol/transaction.ts';
import type { BlockBody } from './block-body.ts';
import type { HashedHeader } from './linked-headers.ts';
import type { Transport } from './transport.ts';

const proof: Parser<Hex[]> = list(hex(), 64);
const parseTransaction = object<{ transactionIndex: bigint; proof: Hex[] }>({
  transactionIndex: quantity,
  proof,
});
const parseReceipt = object<{ proof: Hex[] }>({ proof });

/**
 * One transaction and its receipt, each proven under the roots of a verified header: what a chain with private
 * reads shows a party of. The lists hold nothing at the places of the others.
 */
export async function fetchInclusion(
  transport: Transport,
  block: HashedHeader,
  hash: Hex,
): Promise<BlockBody> {
  const [transactionJson, receiptJson] = await Promise.all([
    transport.request('hsk_getTransactionProof', [hash]),
    transport.request('hsk_getReceiptProof', [hash]),
  ]);
  const shown = parseTransaction(transactionJson, 'transaction');
  const index = integer(Number(shown.transactionIndex), 'transactionIndex');
  const { transactionsRoot, receiptsRoot } = block.header;
  const body: BlockBody = { block, transactions: [], receipts: [] };
  body.transactions[index] = decodeTransaction(
    verifyTransactionInclusion({ transactionsRoot, index, proof: shown.proof }),
  );
  body.receipts[index] = verifyReceiptInclusion({
    receiptsRoot,
    index,
    proof: parseReceipt(receiptJson, 'receipt').proof,
  });
  return body;
}
