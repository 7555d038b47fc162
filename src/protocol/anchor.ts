import type { Hex } from 'viem';
import { concat, keccak256, numberToHex } from './hex.ts';

/** Storage keys of Solidity's layout. Slots are numbers that the compiler gave; keys are 32 bytes. */
export function slotKey(slot: bigint): Hex {
  return numberToHex(slot, { size: 32 });
}

/** keccak(key ‖ slot): where `mapping(uint256 => …)` at `slot` keeps the value of `key`. */
export function mappingSlot(slot: bigint, key: bigint | Hex): Hex {
  return keccak256(concat([typeof key === 'bigint' ? slotKey(key) : slotKey(BigInt(key)), slotKey(slot)]));
}

/** The word `offset` words further: members of a struct, elements of a fixed array. */
export function offsetSlot(slot: Hex, offset: bigint): Hex {
  return numberToHex((BigInt(slot) + offset) & ((1n << 256n) - 1n), { size: 32 });
}

/** AnchorRegistry: the word that holds the output root anchored for an execution block; zero for none. */
export function anchorSlot(anchorsSlot: bigint, blockNumber: bigint): Hex {
  return mappingSlot(anchorsSlot, blockNumber);
}

/** AnchorRegistry: the word that holds the hash of an epoch's committee; zero for none. */
export function committeeSlot(committeesSlot: bigint, epoch: bigint): Hex {
  return mappingSlot(committeesSlot, epoch);
}
