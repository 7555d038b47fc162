import type { Hex } from 'viem';
import { executionHash } from '../protocol/execution-hash.ts';
import { hex, list, object } from '../protocol/parse.ts';
import { decodeReceipt, encodeReceipt } from '../protocol/receipt.ts';
import { type BlockBody, checkBody } from './block-body.ts';
import { closeHeader, openHeader, parseSavedHeader } from './saved-heads.ts';
import type { Store } from './store.ts';

const parseSaved = object<{
  block: { header: Hex; hash: Hex };
  transactions: Hex[];
  receipts: Hex[];
}>({
  block: parseSavedHeader,
  transactions: list(hex()),
  receipts: list(hex()),
});

/** Blocks with more than this many transactions are asked for again rather than kept. */
const LARGEST = 200;

/** Keeps the block of a receipt that this client proved final: it never changes again. */
export async function saveReceipt(store: Store, digest: Hex, hash: Hex, body: BlockBody): Promise<void> {
  if (body.transactions.length > LARGEST) return;
  await store.put('receipts', digest, hash, {
    block: closeHeader(body.block),
    transactions: body.transactions.map(({ raw }) => raw),
    receipts: body.receipts.map(encodeReceipt),
  });
}

/** The block of a receipt proven final before; both roots are rebuilt again. */
export async function recallReceipt(store: Store, digest: Hex, hash: Hex): Promise<BlockBody | undefined> {
  try {
    const value = await store.get('receipts', digest, hash);
    if (value === undefined) return undefined;
    const { block, transactions, receipts } = parseSaved(value, 'receipt');
    return checkBody(openHeader(block, executionHash), transactions, receipts.map(decodeReceipt));
  } catch {
    return undefined;
  }
}
