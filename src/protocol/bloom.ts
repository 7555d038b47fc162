import type { Hex } from 'viem';
import { bytesToHex, hexToBytes, keccak256 } from './hex.ts';
import type { Log } from './receipt.ts';

/** Three bits, from the low 11 bits of each of the first three byte pairs of keccak(item) (yellow paper 4.3.1). */
function bloomBits(item: Hex): number[] {
  const hash = hexToBytes(keccak256(item));
  return [0, 2, 4].map((offset) => ((hash[offset]! << 8) | hash[offset + 1]!) & 2047);
}

/** Whether a 256-byte bloom may contain an address or a topic. A miss proves that it does not. */
export function bloomContains(bloom: Hex, item: Hex): boolean {
  const bytes = hexToBytes(bloom);
  return bloomBits(item).every((bit) => (bytes[255 - (bit >> 3)]! >> (bit & 7)) & 1);
}

export function bloomOf(logs: readonly Log[]): Hex {
  const bytes = new Uint8Array(256);
  for (const { address, topics } of logs)
    for (const item of [address, ...topics])
      for (const bit of bloomBits(item)) bytes[255 - (bit >> 3)]! |= 1 << (bit & 7);
  return bytesToHex(bytes);
}
