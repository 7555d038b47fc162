import type { Address, Hex } from 'viem';
import { concat, numberToHex } from './hex.ts';
import { fromRlp, toRlp } from './rlp.ts';
import { HskError } from './errors.ts';
import { rlpScalar } from './header.ts';
import { bloomOf } from './bloom.ts';
import { verifyTrieInclusion } from './mpt.ts';
import { address, hex, invalid, list, object, optional, type Parser, quantity } from './parse.ts';
import { orderedTrieKey, orderedTrieRoot } from './trie-root.ts';

export interface Log {
  address: Address;
  topics: Hex[];
  data: Hex;
}

/** A receipt as consensus knows it (EIP-658, EIP-2718); its bloom follows from the logs. */
export interface Receipt {
  /** Transaction type; 0 is legacy. */
  type: number;
  /** False when the transaction reverted. */
  status: boolean;
  cumulativeGasUsed: bigint;
  logs: Log[];
}

/** The bytes in the receipts trie: the type byte, unless legacy, and the RLP list. */
export function encodeReceipt({ type, status, cumulativeGasUsed, logs }: Receipt): Hex {
  const body = toRlp([
    status ? '0x01' : '0x',
    rlpScalar(cumulativeGasUsed),
    bloomOf(logs),
    logs.map((log) => [log.address, log.topics, log.data]),
  ]);
  return type === 0 ? body : concat([numberToHex(type, { size: 1 }), body]);
}

/** @throws `RECEIPT_INVALID` unless the bytes are the canonical encoding of a receipt */
export function decodeReceipt(encoded: Hex): Receipt {
  try {
    const first = Number.parseInt(encoded.slice(2, 4), 16);
    const typed = first < 0x80;
    const parts = fromRlp(typed ? `0x${encoded.slice(4)}` : encoded);
    const [status, gas, , logs] = parts as [Hex, Hex, Hex, [Address, Hex[], Hex][]];
    const receipt: Receipt = {
      type: typed ? first : 0,
      status: status === '0x01',
      cumulativeGasUsed: gas === '0x' ? 0n : BigInt(gas),
      logs: logs.map(([emitter, topics, data]) => ({ address: emitter, topics, data })),
    };
    // Also refuses a bloom that does not follow from the logs, and surplus parts.
    if (encodeReceipt(receipt) !== encoded.toLowerCase()) throw new Error('not the canonical encoding');
    return receipt;
  } catch (cause) {
    throw new HskError('RECEIPT_INVALID', 'The bytes are not a receipt', {
      details: encoded.slice(0, 80),
      cause,
    });
  }
}

/** Root of the receipts trie of a block, from all its receipts in order. */
export function receiptsRoot(receipts: readonly Receipt[]): Hex {
  return orderedTrieRoot(receipts.map(encodeReceipt));
}

/**
 * The receipt of transaction `index`, proven under a header's receipts root.
 * @throws the codes of `verifyTrieInclusion`, `RECEIPT_INVALID`
 */
export function verifyReceiptInclusion(request: {
  receiptsRoot: Hex;
  index: number;
  proof: readonly Hex[];
}): Receipt {
  return decodeReceipt(
    verifyTrieInclusion({
      root: request.receiptsRoot,
      key: orderedTrieKey(request.index),
      proof: request.proof,
    }),
  );
}

const parser = object<{
  type: bigint | undefined;
  status: bigint;
  cumulativeGasUsed: bigint;
  logs: Log[];
}>({
  type: optional(quantity),
  status: quantity,
  cumulativeGasUsed: quantity,
  logs: list(object<Log>({ address, topics: list(hex(32), 4), data: hex() }), 100_000),
});

/**
 * A receipt object of JSON-RPC. Its hashes, indices and bloom are not read: the receipt's place in the list
 * and the rebuilt root say what they should have been.
 * @throws `PARSE_INVALID`
 */
export const receiptFromRpc: Parser<Receipt> = (value, path) => {
  const { type = 0n, status, cumulativeGasUsed, logs } = parser(value, path);
  if (type > 0x7fn) throw invalid(`${path}.type`, 'a transaction type', String(type));
  if (status > 1n) throw invalid(`${path}.status`, 'a receipt status', String(status));
  return { type: Number(type), status: status === 1n, cumulativeGasUsed, logs };
};

/** The answer of `eth_getBlockReceipts`. @throws `PARSE_INVALID` */
export function receiptsFromRpc(json: unknown): Receipt[] {
  return list(receiptFromRpc, 100_000)(json, 'receipts');
}
