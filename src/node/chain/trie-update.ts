import { keccak } from './crypto.ts';
import {
  compact,
  content,
  EMPTY_ROOT,
  expand,
  hashReference,
  isNothing,
  items,
  loadNode,
  nibbles,
  nodeKey,
  type NodeStore,
  NOTHING,
  type Reference,
  rootReference,
} from './trie.ts';

/** A node that was opened. What was not is still a reference. */
type Node =
  | { kind: 'leaf'; path: Uint8Array; value: Uint8Array }
  | { kind: 'extension'; path: Uint8Array; child: Reference | Node }
  | { kind: 'branch'; children: (Reference | Node)[] };

/** Undefined deletes. */
interface Change {
  path: Uint8Array;
  value: Uint8Array | undefined;
}

/**
 * Sets and deletes values under keys of 32 bytes, already hashed and each there once, and returns the new
 * root. Every node that changes is read, hashed and written once, however many of the keys lie below it.
 */
export function updateTrie(
  store: NodeStore,
  root: Uint8Array,
  changes: readonly { key: Uint8Array; value: Uint8Array | undefined }[],
): Uint8Array {
  if (changes.length === 0) return root;
  const sorted = changes
    .toSorted((a, b) => Buffer.compare(a.key, b.key))
    .map(({ key, value }): Change => ({ path: nibbles(key), value }));
  const node = apply(store, rootReference(root), sorted, 0);
  if (!node) return EMPTY_ROOT;
  const encoded = encode(store, node);
  // The root is named by its hash whatever its size.
  const hash = keccak(encoded);
  store.put(nodeKey(hash), encoded);
  return hash;
}

function apply(
  store: NodeStore,
  target: Reference | Node,
  changes: Change[],
  depth: number,
): Node | undefined {
  const node = open(store, target);
  if (changes.length === 0) return node;
  if (!node) return build(kept(changes), depth);
  switch (node.kind) {
    case 'leaf': {
      const replaced = changes.some(({ path }) => commonLength(path, node.path, depth) === node.path.length);
      return build(replaced ? kept(changes) : insert(kept(changes), node, depth), depth);
    }
    case 'extension': {
      const shared = Math.min(...changes.map(({ path }) => commonLength(path, node.path, depth)));
      if (shared === node.path.length)
        return join(store, node.path, apply(store, node.child, changes, depth + shared));
      const children = emptyChildren();
      const rest = node.path.subarray(shared + 1);
      children[node.path[shared]!] =
        rest.length === 0 ? node.child : { kind: 'extension', path: rest, child: node.child };
      return join(store, node.path.subarray(0, shared), branch(store, children, changes, depth + shared));
    }
    case 'branch':
      return branch(store, node.children, changes, depth);
  }
}

/** Applies the changes below a branch, and folds it up when fewer than two children are left. */
function branch(
  store: NodeStore,
  before: (Reference | Node)[],
  changes: Change[],
  depth: number,
): Node | undefined {
  const children = before.slice();
  for (const [nibble, group] of byNibble(changes, depth))
    children[nibble] = apply(store, children[nibble]!, group, depth + 1) ?? NOTHING;
  const present = children.flatMap((child, nibble) => (isEmpty(child) ? [] : [nibble]));
  if (present.length > 1) return { kind: 'branch', children };
  const [last] = present;
  return last === undefined ? undefined : join(store, Uint8Array.of(last), children[last]!);
}

/** `path` in front of a node: leaves and extensions take it into their own. */
function join(store: NodeStore, path: Uint8Array, target: Reference | Node | undefined): Node | undefined {
  const node = target && open(store, target);
  if (!node || path.length === 0) return node;
  return node.kind === 'branch'
    ? { kind: 'extension', path, child: target! }
    : { ...node, path: Buffer.concat([path, node.path]) };
}

/** The trie of these changes alone; they are sorted, and none deletes. */
function build(changes: Change[], depth: number): Node | undefined {
  const [first, last] = [changes[0], changes.at(-1)];
  if (!first || !last) return undefined;
  if (first === last) return { kind: 'leaf', path: first.path.subarray(depth), value: first.value! };
  const shared = commonLength(last.path, first.path.subarray(depth), depth);
  const children = emptyChildren();
  for (const [nibble, group] of byNibble(changes, depth + shared))
    children[nibble] = build(group, depth + shared + 1)!;
  const node: Node = { kind: 'branch', children };
  const path = first.path.subarray(depth, depth + shared);
  return shared === 0 ? node : { kind: 'extension', path, child: node };
}

const kept = (changes: Change[]) => changes.filter(({ value }) => value !== undefined);

/** The leaf that is already there among the changes, in order. */
function insert(changes: Change[], leaf: Node & { kind: 'leaf' }, depth: number): Change[] {
  if (changes.length === 0) return [{ path: pathBelow(leaf.path, depth), value: leaf.value }];
  const path = Buffer.concat([changes[0]!.path.subarray(0, depth), leaf.path]);
  const at = changes.findIndex((change) => Buffer.compare(change.path, path) > 0);
  const position = at < 0 ? changes.length : at;
  return changes.toSpliced(position, 0, { path, value: leaf.value });
}

/** Only what comes after `depth` is ever looked at. */
function pathBelow(path: Uint8Array, depth: number): Uint8Array {
  const whole = new Uint8Array(depth + path.length);
  whole.set(path, depth);
  return whole;
}

function byNibble(changes: Change[], depth: number): [number, Change[]][] {
  const groups: [number, Change[]][] = [];
  for (let start = 0; start < changes.length;) {
    const nibble = changes[start]!.path[depth]!;
    let end = start + 1;
    while (end < changes.length && changes[end]!.path[depth] === nibble) end++;
    groups.push([nibble, changes.slice(start, end)]);
    start = end;
  }
  return groups;
}

/** How many nibbles `path` shares with `other` from `depth` on. */
function commonLength(path: Uint8Array, other: Uint8Array, depth: number): number {
  let shared = 0;
  while (shared < other.length && path[depth + shared] === other[shared]) shared++;
  return shared;
}

const emptyChildren = (): (Reference | Node)[] => Array.from({ length: 16 }, () => NOTHING);

const isEmpty = (child: Reference | Node) => child instanceof Uint8Array && isNothing(child);

function open(store: NodeStore, target: Reference | Node): Node | undefined {
  if (!(target instanceof Uint8Array)) return target;
  if (isNothing(target)) return undefined;
  const parts = items(loadNode(store, target));
  // Keys have one length, so a branch never ends one: its seventeenth item stays empty.
  if (parts.length === 17) return { kind: 'branch', children: parts.slice(0, 16) };
  const { path, leaf } = expand(content(parts[0]!));
  return leaf
    ? { kind: 'leaf', path, value: content(parts[1]!) }
    : { kind: 'extension', path, child: parts[1]! };
}

function encode(store: NodeStore, node: Node): Uint8Array {
  switch (node.kind) {
    case 'leaf':
      return list([string(compact(node.path, true)), string(node.value)]);
    case 'extension':
      return list([string(compact(node.path, false)), refer(store, node.child)]);
    case 'branch':
      return list([...node.children.map((child) => refer(store, child)), NOTHING]);
  }
}

function refer(store: NodeStore, target: Reference | Node): Reference {
  if (target instanceof Uint8Array) return target;
  const encoded = encode(store, target);
  if (encoded.length < 32) return encoded;
  const hash = keccak(encoded);
  store.put(nodeKey(hash), encoded);
  return hashReference(hash);
}

function string(bytes: Uint8Array): Uint8Array {
  return bytes.length === 1 && bytes[0]! < 0x80 ? bytes : prefixed(0x80, [bytes], bytes.length);
}

function list(parts: Uint8Array[]): Uint8Array {
  return prefixed(
    0xc0,
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}

/** RLP (yellow paper, appendix B). */
function prefixed(base: number, parts: Uint8Array[], length: number): Uint8Array {
  const size = length < 56 ? 0 : length < 256 ? 1 : length < 65_536 ? 2 : 3;
  const bytes = new Uint8Array(1 + size + length);
  bytes[0] = size === 0 ? base + length : base + 55 + size;
  for (let index = 0; index < size; index++) bytes[1 + index] = (length >> (8 * (size - 1 - index))) & 255;
  let at = 1 + size;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
