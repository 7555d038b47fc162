import type { Hex } from 'viem';
import { bytesToHex, hexToBytes } from './hex.ts';
import { HskError } from './errors.ts';

/**
 * Recursive-length prefix (Ethereum yellow paper, appendix B): hex strings are bytes, lists are lists. Written out,
 * because every proof passes through it and the libraries' general ones weigh four times as much.
 */
export type RlpItem = Hex | readonly RlpItem[];
type RlpTree = Hex | RlpTree[];

/** Deeper than any header, transaction, receipt or trie node. */
const DEEPEST = 64;

export function toRlp(item: RlpItem): Hex {
  if (typeof item !== 'string') {
    const body = item.map((part) => toRlp(part).slice(2)).join('');
    return `0x${prefix(body.length / 2, 0xc0)}${body}`;
  }
  const body = item.slice(2);
  return body.length === 2 && body < '8' ? item : `0x${prefix(body.length / 2, 0x80)}${body}`;
}

/** @throws `RLP_INVALID` unless it is exactly one item in its only spelling */
export function fromRlp(encoded: Hex): RlpTree {
  const bytes = hexToBytes(encoded);
  const [item, end] = read(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw invalid('bytes follow the item');
  return item;
}

function read(bytes: Uint8Array, at: number, limit: number, depth: number): [RlpTree, number] {
  const first = bytes[at];
  if (first === undefined || depth > DEEPEST) throw invalid(depth > DEEPEST ? 'lists too deep' : 'cut short');
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  let from = at + 1;
  let length = short;
  if (short < 0) [from, length] = [at, 1];
  else if (short > 55) {
    // At most four bytes of length: an item of 4 GiB is none that a peer sends.
    const size = short - 55;
    from += size;
    length = Number(bytesToHex(bytes.subarray(at + 1, from)));
    if (size > 4 || from > limit || length < 56 || bytes[at + 1] === 0)
      throw invalid('length not the shortest');
  }
  const end = from + length;
  if (end > limit) throw invalid('cut short');
  if (!isList) {
    if (short === 1 && bytes[from]! < 0x80) throw invalid('length not the shortest');
    return [bytesToHex(bytes.subarray(from, end)), end];
  }
  const list: RlpTree[] = [];
  for (let next = from; next < end;) {
    const [item, after] = read(bytes, next, end, depth + 1);
    list.push(item);
    next = after;
  }
  return [list, end];
}

function prefix(length: number, offset: number): string {
  if (length < 56) return byte(offset + length);
  const digits = length.toString(16);
  const even = digits.length % 2 ? `0${digits}` : digits;
  return byte(offset + 55 + even.length / 2) + even;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function invalid(details: string): HskError {
  return new HskError('RLP_INVALID', 'The bytes are not RLP', { details });
}
