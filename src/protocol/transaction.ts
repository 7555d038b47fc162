import type { Address, Hex } from 'viem';
import { concat, keccak256, numberToHex, pad } from './hex.ts';
import { fromRlp, toRlp } from './rlp.ts';
import { HskError } from './errors.ts';
import { rlpScalar } from './header.ts';
import { verifyTrieInclusion } from './mpt.ts';
import { address, hex, list, object, optional, type Parser, quantity } from './parse.ts';
import { recoverSigner } from './recover.ts';
import { orderedTrieKey } from './trie-root.ts';

/** What a transaction's own bytes say. */
export interface Transaction {
  /** keccak of the bytes. */
  hash: Hex;
  /** EIP-2718 bytes. */
  raw: Hex;
  type: number;
  /** Absent in a legacy transaction without replay protection. */
  chainId: bigint | undefined;
  nonce: bigint;
  gas: bigint;
  /** `null` creates a contract. */
  to: Address | null;
  value: bigint;
  input: Hex;
}

type Item = Hex | Item[];

/** Where the fields stand: the list before the signature. `-1`: no chain id in the list. */
const SHAPES: Record<number, { chainId: number; nonce: number; gas: number; to: number; length: number }> = {
  0: { chainId: -1, nonce: 0, gas: 2, to: 3, length: 9 },
  1: { chainId: 0, nonce: 1, gas: 3, to: 4, length: 11 },
  2: { chainId: 0, nonce: 1, gas: 4, to: 5, length: 12 },
  3: { chainId: 0, nonce: 1, gas: 4, to: 5, length: 14 },
  4: { chainId: 0, nonce: 1, gas: 4, to: 5, length: 13 },
};

/** @throws `TRANSACTION_INVALID`; `TRANSACTION_TYPE` for a type after EIP-7702 */
export function decodeTransaction(raw: Hex): Transaction {
  const { type, parts, shape } = split(raw);
  const to = parts[shape.to];
  const input = parts[shape.to + 2];
  if (typeof to !== 'string' || (to !== '0x' && to.length !== 42) || typeof input !== 'string')
    throw badTransaction(raw);
  const v = type === 0 ? number(parts[6]) : 0n;
  const chainId = type === 0 ? (v >= 35n ? (v - 35n) / 2n : undefined) : number(parts[shape.chainId]);
  return {
    hash: keccak256(raw),
    raw,
    type,
    chainId,
    nonce: number(parts[shape.nonce]),
    gas: number(parts[shape.gas]),
    to: to === '0x' ? null : to,
    value: number(parts[shape.to + 1]),
    input,
  };
}

/**
 * Who signed the transaction, lower case. A few milliseconds: asked only where it is shown.
 * @throws `TRANSACTION_INVALID` when the signature fits no key
 */
export function transactionSender(raw: Hex): Address {
  const { type, parts } = split(raw);
  const unsigned = parts.slice(0, -3);
  const [v, r, s] = parts.slice(-3) as [Hex, Hex, Hex];
  let parity = number(v);
  let digest: Hex;
  if (type === 0) {
    const protectedBy = parity >= 35n ? (parity - 35n) / 2n : undefined;
    // EIP-155: the chain id stands in the signed list where the signature will be.
    digest = keccak256(
      toRlp(protectedBy === undefined ? unsigned : [...unsigned, rlpScalar(protectedBy), '0x', '0x']),
    );
    parity = protectedBy === undefined ? parity - 27n : (parity - 35n) % 2n;
  } else digest = keccak256(concat([numberToHex(type, { size: 1 }), toRlp(unsigned)]));
  if (parity !== 0n && parity !== 1n) throw badTransaction(raw);
  const sender = recoverSigner(
    digest,
    concat([pad(r, { size: 32 }), pad(s, { size: 32 }), numberToHex(parity, { size: 1 })]),
  );
  if (!sender) throw badTransaction(raw);
  return sender;
}

/**
 * The bytes of transaction `index`, proven under a header's transactions root.
 * @throws the codes of `verifyTrieInclusion`
 */
export function verifyTransactionInclusion(request: {
  transactionsRoot: Hex;
  index: number;
  proof: readonly Hex[];
}): Hex {
  return verifyTrieInclusion({
    root: request.transactionsRoot,
    key: orderedTrieKey(request.index),
    proof: request.proof,
  });
}

const bytes32 = hex(32);
const scalar: Parser<Hex> = (value, path) => rlpScalar(quantity(value, path));
const emptyOr: Parser<Hex> = (value, path) =>
  value === null || value === undefined ? '0x' : address(value, path);
const accessList: Parser<Item> = (value, path) =>
  list(object<{ address: Address; storageKeys: Hex[] }>({ address, storageKeys: list(bytes32) }))(
    value ?? [],
    path,
  ).map((entry) => [entry.address, entry.storageKeys]);
const authorizations: Parser<Item> = (value, path) =>
  list(
    object<Record<'chainId' | 'address' | 'nonce' | 'yParity' | 'r' | 's', Hex>>({
      chainId: scalar,
      address,
      nonce: scalar,
      yParity: scalar,
      r: scalar,
      s: scalar,
    }),
  )(value, path).map((entry) => Object.values(entry));

const COMMON: [string, Parser<Item>][] = [
  ['gas', scalar],
  ['to', emptyOr],
  ['value', scalar],
  ['input', hex()],
];
const FEES: [string, Parser<Item>][] = [
  ['maxPriorityFeePerGas', scalar],
  ['maxFeePerGas', scalar],
];
const SIGNATURE: [string, Parser<Item>][] = [
  ['r', scalar],
  ['s', scalar],
];
const FIELDS: Record<number, [string, Parser<Item>][]> = {
  0: [['nonce', scalar], ['gasPrice', scalar], ...COMMON, ['v', scalar], ...SIGNATURE],
  1: [['chainId', scalar], ['nonce', scalar], ['gasPrice', scalar], ...COMMON, ['accessList', accessList], ['parity', scalar], ...SIGNATURE],
  2: [['chainId', scalar], ['nonce', scalar], ...FEES, ...COMMON, ['accessList', accessList], ['parity', scalar], ...SIGNATURE],
  3: [['chainId', scalar], ['nonce', scalar], ...FEES, ...COMMON, ['accessList', accessList], ['maxFeePerBlobGas', scalar], ['blobVersionedHashes', list(bytes32)], ['parity', scalar], ...SIGNATURE],
  4: [['chainId', scalar], ['nonce', scalar], ...FEES, ...COMMON, ['accessList', accessList], ['authorizationList', authorizations], ['parity', scalar], ...SIGNATURE],
}; // prettier-ignore

/**
 * The EIP-2718 bytes of a transaction object of JSON-RPC. Whether they are the block's is decided by the
 * transactions root: a wrong field gives other bytes.
 *
 * @throws `PARSE_INVALID`; `TRANSACTION_TYPE` for a type after EIP-7702
 */
export const transactionFromRpc: Parser<Hex> = (value, path) => {
  const { type = 0n } = object<{ type: bigint | undefined }>({ type: optional(quantity) })(value, path);
  const fields = FIELDS[Number(type)];
  if (!fields) throw unknownType(Number(type));
  const json = value as Record<string, unknown>;
  // Some clients name the parity of a typed transaction v.
  const read = (name: string) => (name === 'parity' ? (json.yParity ?? json.v) : json[name]);
  const body = toRlp(fields.map(([name, parser]) => parser(read(name), `${path}.${name}`)));
  return type === 0n ? body : concat([numberToHex(type, { size: 1 }), body]);
};

function split(raw: Hex): { type: number; parts: Item[]; shape: (typeof SHAPES)[number] } {
  const first = Number.parseInt(raw.slice(2, 4), 16);
  const type = first < 0x80 ? first : 0;
  const shape = SHAPES[type];
  if (!shape) throw unknownType(type);
  let parts: unknown;
  try {
    parts = fromRlp(first < 0x80 ? `0x${raw.slice(4)}` : raw);
  } catch (cause) {
    throw badTransaction(raw, cause);
  }
  if (!Array.isArray(parts) || parts.length !== shape.length) throw badTransaction(raw);
  return { type, parts: parts as Item[], shape };
}

function number(item: Item | undefined): bigint {
  if (typeof item !== 'string' || item.length > 66 || item.startsWith('0x00'))
    throw new HskError('TRANSACTION_INVALID', 'A number of the transaction is malformed');
  return item === '0x' ? 0n : BigInt(item);
}

function unknownType(type: number): HskError {
  return new HskError('TRANSACTION_TYPE', 'The transaction is of a type this program does not know', {
    details: `type ${type}`,
  });
}

function badTransaction(raw: Hex, cause?: unknown): HskError {
  return new HskError('TRANSACTION_INVALID', 'The bytes are not a signed transaction', {
    details: raw.slice(0, 80),
    cause,
  });
}
