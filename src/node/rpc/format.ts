import { type Address, getContractAddress, type Hex } from 'viem';
import { encodeHeader, type Header } from '../../protocol/header.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import type { Ledger } from '../chain/ledger.ts';
import { decodeTransaction, effectiveTip, type SignedTransaction } from '../chain/transaction.ts';
import { toQuantity } from './params.ts';
import { decodeReceipt } from './receipt.ts';

/** JSON forms of the Ethereum execution API. Quantities without leading zeros, bytes whole. */
export type Json = Record<string, unknown>;

const QUANTITIES = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas', 'blobGasUsed', 'excessBlobGas'] as const satisfies readonly (keyof Header)[]; // prettier-ignore

/** A header as `eth_subscribe` sends it. */
export function formatHeader(block: Pick<BlockRecord, 'header' | 'hash'>): Json {
  const json: Json = { ...block.header, hash: block.hash };
  for (const field of QUANTITIES) {
    const value = block.header[field];
    if (value !== undefined) json[field] = toQuantity(value);
  }
  return json;
}

export function formatBlock(ledger: Ledger, block: BlockRecord, full: boolean): Json {
  const headerBytes = (encodeHeader(block.header).length - 2) / 2;
  const bodyBytes = block.transactions.reduce((sum, raw) => sum + (raw.length - 2) / 2, 0);
  return {
    ...formatHeader(block),
    size: toQuantity(headerBytes + bodyBytes),
    totalDifficulty: toQuantity(block.header.difficulty * (block.header.number + 1n)),
    uncles: [],
    withdrawals: [],
    transactions: full
      ? block.transactions.map((_raw, index) => formatIncluded(ledger, block, index))
      : block.transactionHashes,
  };
}

export function storedTransaction(ledger: Ledger, block: BlockRecord, index: number): SignedTransaction {
  return decodeTransaction(toBytes(block.transactions[index]!), ledger.common, block.senders[index]);
}

export function formatIncluded(ledger: Ledger, block: BlockRecord, index: number): Json {
  const transaction = storedTransaction(ledger, block, index);
  const baseFee = block.header.baseFeePerGas ?? 0n;
  return {
    ...formatTransaction(transaction),
    gasPrice: toQuantity(baseFee + effectiveTip(transaction, baseFee)),
    blockHash: block.hash,
    blockNumber: toQuantity(block.header.number),
    transactionIndex: toQuantity(index),
  };
}

/** A transaction that is in no block yet. */
export function formatTransaction({ tx, hash, sender }: Omit<SignedTransaction, 'raw'>): Json {
  const json = tx.toJSON();
  const fee = 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice;
  return {
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
    type: toQuantity(tx.type),
    ...('chainId' in tx && { chainId: toQuantity(tx.chainId) }),
    ...(tx.type === 0 && { chainId: toQuantity(tx.common.chainId()) }),
    hash,
    from: sender,
    to: tx.to?.toString() ?? null,
    nonce: toQuantity(tx.nonce),
    gas: toQuantity(tx.gasLimit),
    gasPrice: toQuantity(fee),
    ...('maxFeePerGas' in tx && {
      maxFeePerGas: toQuantity(tx.maxFeePerGas),
      maxPriorityFeePerGas: toQuantity(tx.maxPriorityFeePerGas),
    }),
    value: toQuantity(tx.value),
    input: toHex(tx.data),
    ...('accessList' in tx && { accessList: json.accessList ?? [] }),
    ...('authorizationList' in tx && { authorizationList: json.authorizationList }),
    v: toQuantity(tx.v ?? 0n),
    r: toQuantity(tx.r ?? 0n),
    s: toQuantity(tx.s ?? 0n),
    ...(tx.type !== 0 && { yParity: toQuantity(tx.v ?? 0n) }),
  };
}

/** What the receipts before one add up to. */
interface ReceiptOffset {
  gas: bigint;
  logs: number;
}

/** Computed once a block: a client asks for a block's receipts one by one. */
const offsets = new WeakMap<BlockRecord, ReceiptOffset[]>();

function receiptOffsets(block: BlockRecord): ReceiptOffset[] {
  let known = offsets.get(block);
  if (!known) {
    known = [{ gas: 0n, logs: 0 }];
    for (const encoded of block.receipts) {
      const { cumulativeGasUsed, logs } = decodeReceipt(encoded);
      known.push({ gas: cumulativeGasUsed, logs: known.at(-1)!.logs + logs.length });
    }
    offsets.set(block, known);
  }
  return known;
}

export function formatReceipt(ledger: Ledger, block: BlockRecord, index: number): Json {
  const receipt = decodeReceipt(block.receipts[index]!);
  const transaction = storedTransaction(ledger, block, index);
  const { tx, sender } = transaction;
  const before = receiptOffsets(block)[index]!;
  const baseFee = block.header.baseFeePerGas ?? 0n;
  const place = {
    transactionHash: block.transactionHashes[index]!,
    transactionIndex: toQuantity(index),
    blockHash: block.hash,
    blockNumber: toQuantity(block.header.number),
  };
  return {
    ...place,
    type: toQuantity(receipt.type),
    status: receipt.success ? '0x1' : '0x0',
    from: sender,
    to: tx.to?.toString() ?? null,
    contractAddress: tx.to ? null : createdAddress(sender, tx.nonce),
    gasUsed: toQuantity(receipt.cumulativeGasUsed - before.gas),
    cumulativeGasUsed: toQuantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: toQuantity(baseFee + effectiveTip(transaction, baseFee)),
    logsBloom: receipt.logsBloom,
    logs: receipt.logs.map((log, position) => ({
      ...log,
      ...place,
      blockTimestamp: toQuantity(block.header.timestamp),
      logIndex: toQuantity(before.logs + position),
      removed: false,
    })),
  };
}

export function formatReceipts(ledger: Ledger, block: BlockRecord): Json[] {
  return block.receipts.map((_encoded, index) => formatReceipt(ledger, block, index));
}

function createdAddress(from: Address, nonce: bigint): Hex {
  return getContractAddress({ from, nonce }).toLowerCase() as Hex;
}
