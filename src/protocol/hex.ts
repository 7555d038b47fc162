import { bytesToHex as toDigits, hexToBytes as fromDigits } from '@noble/hashes/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Hex } from 'viem';
import { HskError } from './errors.ts';

/**
 * Bytes as 0x-prefixed lower-case hex, in the shapes of viem's functions of these names: its own carry its errors and
 * its string formats, 1.5 KiB that no worker needs.
 */
export function bytesToHex(bytes: Uint8Array): Hex {
  return `0x${toDigits(bytes)}`;
}

/** @throws unless it is whole bytes */
export function hexToBytes(hex: Hex): Uint8Array {
  return fromDigits(hex.slice(2));
}

export function stringToHex(text: string): Hex {
  return bytesToHex(new TextEncoder().encode(text));
}

/**
 * Without leading zeros, or of exactly `size` bytes, big-endian.
 * @throws `NUMBER_RANGE` when it is negative or does not fit
 */
export function numberToHex(value: bigint | number, { size = 0 }: { size?: number } = {}): Hex {
  const digits = BigInt(value).toString(16);
  if (value < 0 || (size && digits.length > 2 * size)) throw outside(`0x${digits}`, size);
  return `0x${digits.padStart(2 * size, '0')}`;
}

/** Zeros on the left, or on the right, up to `size` bytes. @throws `NUMBER_RANGE` when there are more */
export function pad(hex: Hex, { size, dir = 'left' }: { size: number; dir?: 'left' | 'right' }): Hex {
  const digits = hex.slice(2);
  if (digits.length > 2 * size) throw outside(hex, size);
  return `0x${dir === 'left' ? digits.padStart(2 * size, '0') : digits.padEnd(2 * size, '0')}`;
}

export function concat(parts: readonly Hex[]): Hex {
  return `0x${parts.map((part) => part.slice(2)).join('')}`;
}

/** In bytes. */
export function size(hex: Hex): number {
  return Math.ceil((hex.length - 2) / 2);
}

/** Bytes from `start` to before `end`. */
export function slice(hex: Hex, start: number, end: number): Hex {
  return `0x${hex.slice(2 + 2 * start, 2 + 2 * end)}`;
}

export function keccak256(value: Hex | Uint8Array): Hex {
  return bytesToHex(keccak_256(typeof value === 'string' ? hexToBytes(value) : value));
}

function outside(hex: string, size: number): HskError {
  return new HskError('NUMBER_RANGE', 'A number does not fit its bytes', {
    details: `${hex}, ${size} bytes`,
  });
}
