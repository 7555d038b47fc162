import type { Hex } from 'viem';
import { bytesToHex, hexToBytes, keccak256 } from './hex.ts';
import { fromRlp, toRlp } from './rlp.ts';
import { HskError } from './errors.ts';
import { EMPTY_TRIE_ROOT } from './header.ts';

export interface TrieProof {
  root: Hex;
  /** The path in the trie: for a secure trie already hashed. */
  key: Hex;
  /** RLP of the nodes from the root down. */
  proof: readonly Hex[];
}

type Node = (Hex | Node)[];

/**
 * Walks a Merkle-Patricia proof (Ethereum yellow paper, appendix D). Returns the value, or `null` when the
 * proof shows that the key has none. Nodes shorter than 32 bytes stand inside their parent; a prover may
 * repeat them as an element of their own, and no other extra element is accepted.
 *
 * @throws `TRIE_KEY_EMPTY`, `TRIE_NODE_HASH` (a node is not the one its parent or the root names),
 * `TRIE_OTHER_KEY` (the next node hangs below the same parent, but not on this key's path),
 * `TRIE_NODE_INVALID` (not a canonical node), `TRIE_PROOF_SHORT`, `TRIE_PROOF_EXTRA`.
 */
export function verifyTrieProof({ root, key, proof }: TrieProof): Hex | null {
  if (key === '0x') throw new HskError('TRIE_KEY_EMPTY', 'A trie proof needs a key');
  const path = nibbles(hexToBytes(key));
  let used = 0;
  let offset = 0;
  let parent: Node = [];
  const strays = (next: Hex): boolean => parent.includes(keccak256(next));
  const finish = (value: Hex | null): Hex | null => {
    if (used !== proof.length)
      throw strays(proof[used]!)
        ? otherKey(used)
        : new HskError('TRIE_PROOF_EXTRA', 'The proof carries nodes that nothing refers to', {
            details: `${proof.length - used} of ${proof.length}`,
          });
    return value;
  };

  if (root === EMPTY_TRIE_ROOT) {
    // EIP-1186: absence in the empty trie is proven by no node at all, or by the empty one.
    if (proof[0] === '0x80') used = 1;
    return finish(null);
  }

  const open = (reference: Hex | Node): Node => {
    const next = proof[used];
    if (typeof reference !== 'string') {
      const encoded = toRlp(reference);
      if (encoded.length >= 2 + 64) throw invalid('an embedded node is 32 bytes or longer');
      if (next?.toLowerCase() === encoded) used++;
      return reference;
    }
    if (reference.length !== 66) throw invalid('a reference is neither a hash nor a node');
    if (next === undefined)
      throw new HskError('TRIE_PROOF_SHORT', 'The proof ends before the key does', {
        details: `node ${used} of ${proof.length}`,
      });
    if (keccak256(next) !== reference)
      throw strays(next)
        ? otherKey(used)
        : new HskError('TRIE_NODE_HASH', 'A node of the proof is not the one its parent names', {
            details: `node ${used}: expected ${reference}`,
            action: 'Ask another endpoint for the proof.',
          });
    used++;
    return decode(next);
  };

  let reference: Hex | Node = root.toLowerCase() as Hex;
  for (;;) {
    const node: Node = open(reference);
    parent = node;
    if (node.length === 17) {
      const child: Hex | Node = node[offset === path.length ? 16 : path[offset]!]!;
      if (offset === path.length) {
        if (typeof child !== 'string') throw invalid('the value of a branch is a list');
        return finish(child === '0x' ? null : child);
      }
      offset++;
      if (child === '0x') return finish(null);
      reference = child;
      continue;
    }
    if (node.length !== 2) throw invalid(`a node has ${node.length} parts`);
    const [encodedPath, content] = node as [Hex | Node, Hex | Node];
    const { leaf, path: segment } = decodePath(encodedPath);
    const shared = segment.every((nibble, index) => nibble === path[offset + index]);
    if (leaf) {
      if (typeof content !== 'string' || content === '0x') throw invalid('a leaf has no value');
      return finish(shared && offset + segment.length === path.length ? content : null);
    }
    if (segment.length === 0 || content === '0x') throw invalid('an extension leads nowhere');
    if (!shared) return finish(null);
    offset += segment.length;
    reference = content;
  }
}

/**
 * As `verifyTrieProof` for a key that must be present.
 * @throws also `TRIE_ABSENT`.
 */
export function verifyTrieInclusion(proof: TrieProof): Hex {
  const value = verifyTrieProof(proof);
  if (value === null)
    throw new HskError('TRIE_ABSENT', 'The proof shows that the key has no value', { details: proof.key });
  return value;
}

function decode(encoded: Hex): Node {
  let node: unknown;
  try {
    node = fromRlp(encoded);
  } catch (cause) {
    throw new HskError('TRIE_NODE_INVALID', 'A node of the proof is not RLP', { cause });
  }
  if (!Array.isArray(node)) throw invalid('not a list');
  return node as Node;
}

/** Hex-prefix encoding: the high nibble of the first byte is 2 for a leaf, plus 1 for an odd length. */
function decodePath(encoded: Hex | Node): { leaf: boolean; path: number[] } {
  if (typeof encoded !== 'string' || encoded === '0x') throw invalid('a path is missing');
  const all = nibbles(hexToBytes(encoded));
  const flag = all[0]!;
  if (flag > 3 || (flag % 2 === 0 && all[1] !== 0)) throw invalid(`path prefix ${encoded.slice(0, 4)}`);
  return { leaf: flag >= 2, path: all.slice(flag % 2 === 1 ? 1 : 2) };
}

export function nibbles(bytes: Uint8Array): number[] {
  const result: number[] = [];
  for (const byte of bytes) result.push(byte >> 4, byte & 15);
  return result;
}

/** The inverse of the path decoding above. */
export function encodePath(path: readonly number[], leaf: boolean): Hex {
  const flag = (leaf ? 2 : 0) + (path.length % 2);
  const all = path.length % 2 === 1 ? [flag, ...path] : [flag, 0, ...path];
  const bytes = new Uint8Array(all.length / 2);
  bytes.forEach((_, index) => (bytes[index] = (all[2 * index]! << 4) | all[2 * index + 1]!));
  return bytesToHex(bytes);
}

function otherKey(node: number): HskError {
  return new HskError('TRIE_OTHER_KEY', 'The proof follows the path of another key', {
    details: `node ${node}`,
    action: 'Ask another endpoint for the proof.',
  });
}

function invalid(why: string): HskError {
  return new HskError('TRIE_NODE_INVALID', 'A node of the proof is not a trie node', { details: why });
}
