import type { Address, Hex } from 'viem';
import { keccak256, numberToHex } from '../protocol/hex.ts';
import { fromRlp, toRlp } from '../protocol/rlp.ts';
import { type Transaction, transactionSender } from '../protocol/transaction.ts';
import type { BlockBody } from './block-body.ts';
import { bloomOf } from '../protocol/bloom.ts';
import { rlpScalar } from '../protocol/header.ts';
import type { ProvenLog } from './light-client-api.ts';
import type { HashedHeader } from './linked-headers.ts';
import { logsOf } from './logs.ts';

/** JSON forms of the Ethereum execution API, built from verified bytes only. */
type Json = Record<string, unknown>;

export function rpcTransaction(body: BlockBody, index: number): Json {
  const transaction = body.transactions[index]!;
  return {
    ...place(body.block, transaction.hash, index),
    hash: transaction.hash,
    type: numberToHex(transaction.type),
    from: transactionSender(transaction.raw),
    to: transaction.to,
    nonce: numberToHex(transaction.nonce),
    gas: numberToHex(transaction.gas),
    ...quantities(feesOf(transaction)),
    gasPrice: numberToHex(effectivePrice(body, index)),
    value: numberToHex(transaction.value),
    input: transaction.input,
    ...(transaction.chainId !== undefined && { chainId: numberToHex(transaction.chainId) }),
    ...accessListOf(transaction),
    ...signatureOf(transaction),
  };
}

export function rpcReceipt(body: BlockBody, index: number): Json {
  const transaction = body.transactions[index]!;
  const receipt = body.receipts[index]!;
  const from = transactionSender(transaction.raw);
  const before = body.receipts[index - 1]?.cumulativeGasUsed ?? 0n;
  return {
    ...place(body.block, transaction.hash, index),
    type: numberToHex(transaction.type),
    status: receipt.status ? '0x1' : '0x0',
    from,
    to: transaction.to,
    contractAddress: transaction.to ? null : created(from, transaction.nonce),
    gasUsed: numberToHex(receipt.cumulativeGasUsed - before),
    cumulativeGasUsed: numberToHex(receipt.cumulativeGasUsed),
    effectiveGasPrice: numberToHex(effectivePrice(body, index)),
    logsBloom: bloomOf(receipt.logs),
    logs: logsOf(body)
      .filter((log) => log.transactionIndex === index)
      .map((log) => rpcLog(log, body.block)),
  };
}

export function rpcLog(log: ProvenLog, block: HashedHeader): Json {
  return {
    ...place(block, log.transactionHash, log.transactionIndex),
    address: log.address,
    topics: log.topics,
    data: log.data,
    logIndex: numberToHex(log.logIndex),
    blockTimestamp: numberToHex(block.header.timestamp),
    removed: false,
  };
}

export function rpcBlock(body: BlockBody, full: boolean): Json {
  const { header, hash } = body.block;
  const json: Json = { hash, uncles: [] };
  for (const [field, value] of Object.entries(header))
    json[field] = typeof value === 'bigint' ? numberToHex(value) : value;
  json.transactions = full
    ? body.transactions.map((_, index) => rpcTransaction(body, index))
    : body.transactions.map((transaction) => transaction.hash);
  return json;
}

function place({ header, hash }: HashedHeader, transactionHash: Hex, index: number): Json {
  return {
    blockHash: hash,
    blockNumber: numberToHex(header.number),
    transactionHash,
    transactionIndex: numberToHex(index),
  };
}

/** EIP-1559: base fee plus the tip that the cap leaves; before it, the price itself. */
export function effectivePrice({ block, transactions }: BlockBody, index: number): bigint {
  const fees = feesOf(transactions[index]!);
  if ('gasPrice' in fees) return fees.gasPrice;
  const base = block.header.baseFeePerGas ?? 0n;
  const room = fees.maxFeePerGas - base;
  return base + (fees.maxPriorityFeePerGas < room ? fees.maxPriorityFeePerGas : room);
}

type Fees = { gasPrice: bigint } | { maxPriorityFeePerGas: bigint; maxFeePerGas: bigint };

/** What the protocol's own decoder leaves in the bytes (EIP-2718, 2930, 1559). */
function feesOf({ raw, type }: Transaction): Fees {
  const parts = partsOf(raw, type);
  if (type < 2) return { gasPrice: number(parts[1 + type]) };
  return { maxPriorityFeePerGas: number(parts[2]), maxFeePerGas: number(parts[3]) };
}

function quantities(fees: Fees): Json {
  return Object.fromEntries(Object.entries(fees).map(([name, value]) => [name, numberToHex(value)]));
}

function accessListOf({ raw, type }: Transaction): Json {
  if (type === 0) return {};
  const list = partsOf(raw, type)[type === 1 ? 7 : 8] as [Address, Hex[]][];
  return { accessList: list.map(([address, storageKeys]) => ({ address, storageKeys })) };
}

/** Typed transactions repeat the parity as v; a legacy one carries the chain id in it (EIP-155). */
function signatureOf({ raw, type }: Transaction): Json {
  const [v, r, s] = partsOf(raw, type)
    .slice(-3)
    .map((part) => numberToHex(number(part)));
  return { v, r, s, ...(type > 0 && { yParity: v }) };
}

function partsOf(raw: Hex, type: number): unknown[] {
  return fromRlp(type === 0 ? raw : `0x${raw.slice(4)}`) as unknown[];
}

function number(part: unknown): bigint {
  return part === '0x' ? 0n : BigInt(part as Hex);
}

/** keccak(RLP[sender, nonce])[12:]. */
function created(from: Address, nonce: bigint): Address {
  return `0x${keccak256(toRlp([from, rlpScalar(nonce)])).slice(26)}`;
}
