import { HskError } from '../../protocol/errors.ts';
import { EMPTY_TRIE_ROOT } from '../../protocol/header.ts';
import type { IndexStore } from '../store/index-store.ts';
import { toBytes, toHex } from './bytes.ts';

/** Where trie nodes and code are read and written. */
export type NodeStore = Pick<IndexStore, 'get' | 'put'>;

export const EMPTY_ROOT = toBytes(EMPTY_TRIE_ROOT);

/**
 * How a node is named in its parent, as it stands there: `0xa0` and the hash, a whole node of fewer than 32
 * bytes, or `0x80` for nothing (yellow paper, appendix D).
 */
export type Reference = Uint8Array;

export const NOTHING: Reference = Uint8Array.of(0x80);

export const isNothing = (reference: Reference) => reference.length === 1 && reference[0] === 0x80;

export function rootReference(root: Uint8Array): Reference {
  return Buffer.compare(root, EMPTY_ROOT) === 0 ? NOTHING : hashReference(root);
}

export function hashReference(hash: Uint8Array): Reference {
  const reference = new Uint8Array(33);
  reference[0] = 0xa0;
  reference.set(hash, 1);
  return reference;
}

/** Nodes are named by their hash: nothing is ever deleted. */
export function nodeKey(hash: Uint8Array): string {
  return `n${Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')}`;
}

/** The encoded node behind a reference that is not nothing. @throws `STORE_NODE_MISSING` */
export function loadNode(store: NodeStore, reference: Reference): Uint8Array {
  if (reference[0]! >= 0xc0) return reference;
  const hash = reference.subarray(1);
  const node = store.get(nodeKey(hash));
  // To read a missing node as an absent key would change the state in silence.
  if (!node)
    throw new HskError('STORE_NODE_MISSING', 'A node of the state trie is missing', {
      details: toHex(hash),
      action: 'Delete the index directory of the chain: it is rebuilt from the log.',
    });
  return node;
}

/** The items of an encoded list, each with its own prefix. The bytes come from our own store. */
export function items(list: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = headerLength(list, 0); at < list.length;) {
    const end = at + itemLength(list, at);
    found.push(list.subarray(at, end));
    at = end;
  }
  return found;
}

/** What a string item holds. */
export function content(item: Uint8Array): Uint8Array {
  return item[0]! < 0x80 ? item : item.subarray(headerLength(item, 0));
}

function headerLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first >= 0xf8) return 1 + first - 0xf7;
  return first >= 0xb8 && first < 0xc0 ? 1 + first - 0xb7 : 1;
}

function itemLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xb8) return 1 + first - 0x80;
  if (first >= 0xc0 && first < 0xf8) return 1 + first - 0xc0;
  const header = headerLength(bytes, at);
  let length = 0;
  for (let index = 1; index < header; index++) length = length * 256 + bytes[at + index]!;
  return header + length;
}

/** Four bits each, high half first. */
export function nibbles(bytes: Uint8Array): Uint8Array {
  const path = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    path[2 * index] = bytes[index]! >> 4;
    path[2 * index + 1] = bytes[index]! & 15;
  }
  return path;
}

/** Hex-prefix encoding (yellow paper, appendix C). */
export function compact(path: Uint8Array, leaf: boolean): Uint8Array {
  const odd = path.length % 2;
  const bytes = new Uint8Array(1 + (path.length - odd) / 2);
  bytes[0] = (leaf ? 0x20 : 0) | (odd ? 0x10 | path[0]! : 0);
  for (let from = odd, to = 1; from < path.length; from += 2, to++)
    bytes[to] = (path[from]! << 4) | path[from + 1]!;
  return bytes;
}

/** The inverse of `compact`. */
export function expand(bytes: Uint8Array): { path: Uint8Array; leaf: boolean } {
  const all = nibbles(bytes);
  return { path: all.subarray((all[0]! & 1) === 1 ? 1 : 2), leaf: all[0]! >= 2 };
}

/**
 * Follows `key`, 32 bytes already hashed, from the root. Returns the value at its end, if there is one, and
 * shows every node on the way that is named by a hash, the root whatever its size.
 */
export function readTrie(
  store: NodeStore,
  root: Uint8Array,
  key: Uint8Array,
  visit: (node: Uint8Array) => void = () => undefined,
): Uint8Array | undefined {
  const path = nibbles(key);
  let depth = 0;
  let reference = rootReference(root);
  while (!isNothing(reference)) {
    const node = loadNode(store, reference);
    if (reference[0] === 0xa0) visit(node);
    const parts = items(node);
    if (parts.length === 17) {
      reference = parts[path[depth]!]!;
      depth++;
      continue;
    }
    const { path: shared, leaf } = expand(content(parts[0]!));
    if (!startsWith(path, shared, depth)) return undefined;
    if (leaf) return content(parts[1]!);
    depth += shared.length;
    reference = parts[1]!;
  }
  return undefined;
}

function startsWith(path: Uint8Array, shared: Uint8Array, depth: number): boolean {
  for (let index = 0; index < shared.length; index++) if (path[depth + index] !== shared[index]) return false;
  return true;
}
