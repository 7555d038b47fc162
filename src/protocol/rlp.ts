import type { Hex } from 'viem';
import { HskError } from './errors.ts';

/** A byte string, or a list of items. */
export type RlpItem = Hex | RlpItem[];

/** Lists deeper than this are no part of any chain's formats. */
const DEPTH = 64;

/** RLP of an item (Ethereum yellow paper, appendix B). */
export function toRlp(item: RlpItem | readonly RlpItem[]): Hex {
  return `0x${encode(item)}`;
}

function encode(item: RlpItem | readonly RlpItem[]): string {
  const list = typeof item !== 'string';
  const payload = list ? item.map(encode).join('') : item.slice(2);
  const length = payload.length / 2;
  if (!list && length === 1 && payload < '80') return payload;
  const base = list ? 0xc0 : 0x80;
  if (length <= 55) return byte(base + length) + payload;
  let size = length.toString(16);
  if (size.length % 2) size = `0${size}`;
  return byte(base + 55 + size.length / 2) + size + payload;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/**
 * The item that these bytes, and no fewer, encode in the one canonical way.
 * @throws `RLP_INVALID`
 */
export function fromRlp(encoded: Hex): RlpItem {
  if (!/^0x(?:[0-9a-f]{2})+$/i.test(encoded)) throw invalid('it is no hexadecimal text');
  const hex = encoded.slice(2).toLowerCase();
  let at = 0;
  const take = (bytes: number): string => {
    const end = at + 2 * bytes;
    if (end > hex.length) throw invalid('it ends too early');
    return hex.slice(at, (at = end));
  };
  const read = (depth: number): RlpItem => {
    const prefix = Number.parseInt(take(1), 16);
    if (prefix < 0x80) return `0x${byte(prefix)}`;
    const list = prefix >= 0xc0;
    let length = prefix - (list ? 0xc0 : 0x80);
    if (length > 55) {
      const size = take(length - 55);
      length = Number.parseInt(size, 16);
      if (size.startsWith('00') || length <= 55) throw invalid('a length is not the shortest');
    }
    if (!list) {
      const content = take(length);
      if (length === 1 && content < '80') throw invalid('a byte is not the shortest');
      return `0x${content}`;
    }
    const end = at + 2 * length;
    if (end > hex.length || depth > DEPTH) throw invalid('a list is too long or too deep');
    const items: RlpItem[] = [];
    while (at < end) items.push(read(depth + 1));
    if (at !== end) throw invalid('an item is longer than its list');
    return items;
  };
  const item = read(0);
  if (at !== hex.length) throw invalid('more follows');
  return item;
}

function invalid(why: string): HskError {
  return new HskError('RLP_INVALID', 'The bytes are not canonical RLP', { details: why });
}
