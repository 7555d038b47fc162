import type { Hex } from 'viem';
import { hexToBytes, keccak256 } from './hex.ts';
import { toRlp } from './rlp.ts';
import { EMPTY_TRIE_ROOT, rlpScalar } from './header.ts';
import { encodePath, nibbles } from './mpt.ts';

type Node = (Hex | Node)[];
interface Entry {
  path: number[];
  value: Hex;
}

/** Key of item `index` in the tries of a block: the RLP of the index. */
export function orderedTrieKey(index: number): Hex {
  return toRlp(rlpScalar(BigInt(index)));
}

/**
 * Root of the trie that holds `values` under the RLP of their index: transactions, receipts and
 * withdrawals of a block are committed to in this way.
 */
export function orderedTrieRoot(values: readonly Hex[]): Hex {
  return values.length === 0 ? EMPTY_TRIE_ROOT : keccak256(toRlp(build(entries(values), 0)));
}

/** Nodes from the root to item `index`, for `verifyTrieProof`; nodes inside their parent are not repeated. */
export function orderedTrieProof(values: readonly Hex[], index: number): Hex[] {
  const proof: Hex[] = [];
  let level = entries(values);
  const key = nibbles(hexToBytes(orderedTrieKey(index)));
  let depth = 0;
  while (level.length > 0) {
    const encoded = toRlp(build(level, depth));
    if (depth === 0 || encoded.length >= 2 + 64) proof.push(encoded);
    if (level.length === 1) break;
    const shared = commonPrefix(level, depth);
    // The branch below an extension is a node of its own.
    if (shared > 0) {
      depth += shared;
      const branch = toRlp(build(level, depth));
      if (branch.length >= 2 + 64) proof.push(branch);
    }
    const nibble = key[depth];
    if (level.some((entry) => entry.path.length === depth))
      level = level.filter((e) => e.path.length > depth);
    level = level.filter((entry) => entry.path[depth] === nibble);
    depth++;
  }
  return proof;
}

function entries(values: readonly Hex[]): Entry[] {
  return values.map((value, index) => ({ path: nibbles(hexToBytes(orderedTrieKey(index))), value }));
}

function build(level: readonly Entry[], depth: number): Node {
  const [first] = level;
  if (level.length === 1 && first) return [encodePath(first.path.slice(depth), true), first.value];
  const shared = commonPrefix(level, depth);
  if (shared > 0)
    return [encodePath(first!.path.slice(depth, depth + shared), false), reference(level, depth + shared)];
  const branch: Node = Array.from({ length: 17 }, () => '0x' as Hex);
  for (let nibble = 0; nibble < 16; nibble++) {
    const below = level.filter((entry) => entry.path[depth] === nibble);
    if (below.length > 0) branch[nibble] = reference(below, depth + 1);
  }
  const here = level.find((entry) => entry.path.length === depth);
  if (here) branch[16] = here.value;
  return branch;
}

/** A node shorter than 32 bytes stands inside its parent, a longer one is named by its hash. */
function reference(level: readonly Entry[], depth: number): Hex | Node {
  const node = build(level, depth);
  const encoded = toRlp(node);
  return encoded.length < 2 + 64 ? node : keccak256(encoded);
}

function commonPrefix(level: readonly Entry[], depth: number): number {
  const first = level[0]!.path;
  let length = first.length - depth;
  for (const { path } of level) {
    let same = 0;
    while (same < length && path[depth + same] === first[depth + same]) same++;
    length = same;
  }
  return length;
}
