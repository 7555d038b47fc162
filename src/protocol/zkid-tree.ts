import { poseidon8 } from 'poseidon-lite/poseidon8';
import { HskError } from './errors.ts';
import { FIELD, TREE } from './zkid.ts';

/**
 * The issuer's tree: 6 levels of 8 children over 2^18 leaves, Poseidon, an empty leaf is 0. A holder fetches
 * the subtree of 4,096 leaves in which its own stands, with the siblings above it, so that the issuer does
 * not learn which leaf is about to be proven.
 */
export const CHUNK = {
  /** Levels inside a subtree. */
  depth: 4,
  leaves: 4096,
  /** Subtrees in the tree. */
  count: 64,
  /** 4,096 leaves, then the 8 nodes of level 4 and the 8 of level 5; 32 bytes each. */
  bytes: (4096 + 16) * 32,
} as const;

/** What `GET /tree/<chunk>` carries, parsed and checked to be one tree. */
export interface Subtree {
  chunk: number;
  /** Level by level from the leaves (4,096) up to the subtree's root (1). */
  levels: bigint[][];
  /** The eight children of the node above the subtree, and of the root. */
  upper: [bigint[], bigint[]];
  root: bigint;
}

/** Roots of empty trees by height, 0 to 6. */
const empty: bigint[] = [0n];
function emptyRoot(height: number): bigint {
  while (empty.length <= height) empty.push(poseidon8(Array<bigint>(TREE.arity).fill(empty.at(-1)!)));
  return empty[height]!;
}

function hash(children: readonly bigint[], height: number): bigint {
  const blank = emptyRoot(height - 1);
  return children.every((child) => child === blank) ? emptyRoot(height) : poseidon8([...children]);
}

/** A sparse tree in memory. */
export class ZkidTree {
  /** Nodes that differ from the empty ones, by level and position. */
  readonly #levels = Array.from({ length: TREE.depth + 1 }, () => new Map<number, bigint>());

  get root(): bigint {
    return this.#node(TREE.depth, 0);
  }

  leaf(index: number): bigint {
    return this.#node(0, index);
  }

  /** Puts `leaf` at `index`, 0 to 2^18 - 1; 0 removes what is there. */
  set(index: number, leaf: bigint): void {
    this.#levels[0]!.set(index, leaf);
    for (let level = 1, position = index >> 3; level <= TREE.depth; level++, position >>= 3)
      this.#levels[level]!.set(position, hash(this.#children(level, position), level));
  }

  /** The bytes of `GET /tree/<chunk>`, numbers big-endian. */
  encodeChunk(chunk: number): Uint8Array {
    const bytes = new Uint8Array(CHUNK.bytes);
    let offset = 0;
    const put = (value: bigint) => {
      if (value !== 0n) writeNumber(bytes, offset, value);
      offset += 32;
    };
    for (let index = 0; index < CHUNK.leaves; index++) put(this.leaf(chunk * CHUNK.leaves + index));
    this.#children(5, chunk >> 3).forEach(put);
    this.#children(6, 0).forEach(put);
    return bytes;
  }

  #node(level: number, position: number): bigint {
    return this.#levels[level]!.get(position) ?? emptyRoot(level);
  }

  #children(level: number, position: number): bigint[] {
    return Array.from({ length: TREE.arity }, (_, child) => this.#node(level - 1, position * 8 + child));
  }
}

/**
 * Rebuilds the subtree from its leaves and checks that it and the siblings make one tree.
 *
 * @throws `TREE_INVALID`
 */
export function parseChunk(bytes: Uint8Array, chunk: number): Subtree {
  if (bytes.length !== CHUNK.bytes) throw invalidTree(`${bytes.length} bytes instead of ${CHUNK.bytes}`);
  const numbers = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => readNumber(bytes, (from + index) * 32));
  const levels = [numbers(0, CHUNK.leaves)];
  for (let height = 1; height <= CHUNK.depth; height++) {
    const below = levels.at(-1)!;
    levels.push(
      Array.from({ length: below.length / 8 }, (_, position) =>
        hash(below.slice(position * 8, position * 8 + 8), height),
      ),
    );
  }
  const upper: Subtree['upper'] = [numbers(CHUNK.leaves, 8), numbers(CHUNK.leaves + 8, 8)];
  if (upper[0][chunk & 7] !== levels[CHUNK.depth]![0]) throw invalidTree('the leaves do not make their node');
  if (upper[1][chunk >> 3] !== hash(upper[0], 5)) throw invalidTree('the siblings do not make their node');
  return { chunk, levels, upper, root: hash(upper[1], 6) };
}

/**
 * The eight children of each of six levels above leaf `index`, leaf level first: what the circuit takes.
 *
 * @throws `TREE_INVALID` when the leaf stands in another subtree
 */
export function pathChildren(subtree: Subtree, index: number): bigint[][] {
  if (chunkOf(index) !== subtree.chunk) throw invalidTree(`leaf ${index} is not in chunk ${subtree.chunk}`);
  const within = index % CHUNK.leaves;
  const inside = Array.from({ length: CHUNK.depth }, (_, level) => {
    const first = (within >> (3 * (level + 1))) * 8;
    return subtree.levels[level]!.slice(first, first + 8);
  });
  return [...inside, ...subtree.upper];
}

/** The subtree in which a leaf stands. */
export function chunkOf(index: number): number {
  return Math.floor(index / CHUNK.leaves);
}

function invalidTree(details: string): HskError {
  return new HskError('TREE_INVALID', 'What the issuer sent is not a part of a tree', {
    details,
    action: 'Try again later; if it stays, tell the issuer.',
  });
}

function writeNumber(bytes: Uint8Array, offset: number, value: bigint): void {
  for (let index = 31, rest = value; rest > 0n; index--, rest >>= 8n)
    bytes[offset + index] = Number(rest & 255n);
}

function readNumber(bytes: Uint8Array, offset: number): bigint {
  let value = 0n;
  for (let index = 0; index < 32; index++) value = (value << 8n) | BigInt(bytes[offset + index]!);
  if (value >= FIELD) throw invalidTree(`a number at byte ${offset} is not a field element`);
  return value;
}
