import { RLP, type Input } from '@ethereumjs/rlp';
import { keccak } from './crypto.ts';
import { compact, nibbles } from './trie.ts';

/**
 * Root of the Merkle-Patricia trie that holds `values` under the RLP of their index: the transactions
 * root and the receipts root (yellow paper §4.3.2). Built once from below: every node is hashed once.
 */
export function orderedTrieRoot(values: readonly Uint8Array[]): Uint8Array {
  if (values.length === 0) return keccak(RLP.encode(new Uint8Array(0)));
  const leaves = values
    .map((value, index): Leaf => ({ path: nibbles(RLP.encode(index)), value }))
    .toSorted((a, b) => compare(a.path, b.path));
  return keccak(RLP.encode(node(leaves, 0)));
}

interface Leaf {
  path: Uint8Array;
  value: Uint8Array;
}

function node(leaves: Leaf[], depth: number): Input {
  const [first, last] = [leaves[0]!, leaves.at(-1)!];
  if (leaves.length === 1) return [compact(first.path.subarray(depth), true), first.value];
  let shared = 0;
  while (first.path[depth + shared] === last.path[depth + shared]) shared++;
  if (shared > 0)
    return [
      compact(first.path.subarray(depth, depth + shared), false),
      reference(node(leaves, depth + shared)),
    ];
  // RLP of an index is never a prefix of another's, so a branch here never holds a value of its own.
  const branch: Input[] = Array.from({ length: 17 }, () => new Uint8Array(0));
  for (let start = 0; start < leaves.length;) {
    const nibble = leaves[start]!.path[depth]!;
    let end = start + 1;
    while (end < leaves.length && leaves[end]!.path[depth] === nibble) end++;
    branch[nibble] = reference(node(leaves.slice(start, end), depth + 1));
    start = end;
  }
  return branch;
}

/** A node shorter than 32 bytes is embedded in its parent; any other is named by its hash. */
function reference(structure: Input): Input {
  const encoded = RLP.encode(structure);
  return encoded.length < 32 ? structure : keccak(encoded);
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return a[index]! - b[index]!;
  return a.length - b.length;
}
