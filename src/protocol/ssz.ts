import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, type Hex, hexToBytes } from 'viem';
import { HskError } from './errors.ts';

/** What of SimpleSerialize's Merkleisation the sync protocol needs. A chunk is 32 bytes; a root is one, as hex. */
type Chunk = Uint8Array;

/** Roots of all-zero trees, by depth. */
const ZEROS: Chunk[] = [new Uint8Array(32)];

function zeros(depth: number): Chunk {
  for (let at = ZEROS.length; at <= depth; at++) ZEROS.push(hashPair(ZEROS[at - 1]!, ZEROS[at - 1]!));
  return ZEROS[depth]!;
}

function hashPair(left: Chunk, right: Chunk): Chunk {
  return sha256(concatBytes([left, right]));
}

/** Root of a tree over chunks, filled up with zeros to `limit` leaves (by default the next power of two). */
export function merkleize(chunks: readonly Chunk[], limit = chunks.length): Chunk {
  const depth = Math.ceil(Math.log2(Math.max(1, limit)));
  let level = [...chunks];
  for (let at = 0; at < depth; at++) {
    const above: Chunk[] = [];
    for (let index = 0; index < level.length; index += 2)
      above.push(hashPair(level[index]!, level[index + 1] ?? zeros(at)));
    level = above;
  }
  return level[0] ?? zeros(depth);
}

/** A number little-endian in one chunk; `uint256` takes all of it. */
export function uintChunk(value: bigint): Chunk {
  const chunk = new Uint8Array(32);
  for (let index = 0, rest = value; rest > 0n; index++, rest >>= 8n) chunk[index] = Number(rest & 0xffn);
  return chunk;
}

/** Fixed-size bytes: one chunk up to 32 of them, else the root of their chunks. */
export function bytesRoot(value: Hex): Chunk {
  return merkleize(packed(hexToBytes(value)));
}

/** `ByteList[limit]`: the root of its chunks with its length mixed in. */
export function byteListRoot(value: Hex, limit: number): Chunk {
  const bytes = hexToBytes(value);
  return hashPair(merkleize(packed(bytes), Math.ceil(limit / 32)), uintChunk(BigInt(bytes.length)));
}

export function rootHex(chunk: Chunk): Hex {
  return bytesToHex(chunk);
}

function packed(bytes: Uint8Array): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const chunk = new Uint8Array(32);
    chunk.set(bytes.subarray(at, at + 32));
    chunks.push(chunk);
  }
  return chunks;
}

/**
 * Whether `leaf` stands at generalised index `gindex` below `root`. The branch has exactly the index's depth:
 * a shorter or longer one proves another place in the tree.
 *
 * @throws `SSZ_BRANCH_LENGTH`, `SSZ_BRANCH`
 */
export function verifyBranch(request: {
  leaf: Hex;
  branch: readonly Hex[];
  gindex: number;
  root: Hex;
  /** For the error. */
  what: string;
}): void {
  const { branch, gindex, what } = request;
  const depth = Math.floor(Math.log2(gindex));
  if (branch.length !== depth)
    throw new HskError('SSZ_BRANCH_LENGTH', `The Merkle branch of the ${what} has the wrong length`, {
      details: `${branch.length} nodes, generalised index ${gindex} has ${depth}`,
    });
  let node = hexToBytes(request.leaf);
  branch.forEach((sibling, level) => {
    const other = hexToBytes(sibling);
    node = (gindex >> level) & 1 ? hashPair(other, node) : hashPair(node, other);
  });
  if (bytesToHex(node) !== request.root.toLowerCase())
    throw new HskError('SSZ_BRANCH', `The Merkle branch does not lead to the ${what}`, {
      details: `generalised index ${gindex}`,
      action: 'Ask another beacon endpoint.',
    });
}
