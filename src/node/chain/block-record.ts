import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hex, fromRlp } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { encodeHeader, type Header, headerFromRlpList } from '../../protocol/header.ts';
import { toBytes, toHex } from './bytes.ts';

export interface BlockHead {
  header: Header;
  /** The chain's own block hash: on the mainchain it leaves out the seals. */
  hash: Hex;
}

/** A block as it is kept and handed out. The lists run in the order of the transactions. */
export interface BlockRecord extends BlockHead {
  /** Raw transactions as they were sent (EIP-2718). */
  transactions: Hex[];
  transactionHashes: Hex[];
  senders: Address[];
  /** Encoded receipts as they stand in the receipts trie (EIP-2718). */
  receipts: Hex[];
}

export function encodeBlockRecord(block: BlockRecord): Uint8Array {
  return RLP.encode([
    toBytes(block.hash),
    toBytes(encodeHeader(block.header)),
    block.transactions.map(toBytes),
    block.transactionHashes.map(toBytes),
    block.senders.map(toBytes),
    block.receipts.map(toBytes),
  ]);
}

/** @throws `STORE_LOG_CORRUPT` when the bytes are no block. */
export function decodeBlockRecord(bytes: Uint8Array): BlockRecord {
  const parts = RLP.decode(bytes);
  if (!Array.isArray(parts) || parts.length !== 6)
    throw new HskError('STORE_LOG_CORRUPT', 'A block of the log cannot be read');
  const [hash, header, ...lists] = parts as [Uint8Array, Uint8Array, ...Uint8Array[][]];
  const [transactions, transactionHashes, senders, receipts] = lists.map((list) => list.map(toHex));
  return {
    header: headerFromRlpList(fromRlp(toHex(header), 'hex') as Hex[]),
    hash: toHex(hash),
    transactions: transactions!,
    transactionHashes: transactionHashes!,
    senders: senders as Address[],
    receipts: receipts!,
  };
}
