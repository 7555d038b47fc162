import type { Hex } from 'viem';
import { concat, keccak256, numberToHex, pad, size, slice } from './hex.ts';

/**
 * EIP-2537 encoding of a G2 point (256 bytes: x.c0, x.c1, y.c0, y.c1, each left-padded to 64) from the
 * 192-byte uncompressed form that BLS libraries write (x.c1, x.c0, y.c1, y.c0, 48 bytes each).
 */
export function g2ToEip2537(uncompressed: Hex): Hex {
  const part = (index: number) => pad(slice(uncompressed, index * 48, index * 48 + 48), { size: 64 });
  return concat([part(1), part(0), part(3), part(2)]);
}

/** EIP-2537 encoding of a G1 point (128 bytes) from the 96-byte uncompressed form. */
export function g1ToEip2537(uncompressed: Hex): Hex {
  return concat([
    pad(slice(uncompressed, 0, 48), { size: 64 }),
    pad(slice(uncompressed, 48, 96), { size: 64 }),
  ]);
}

/** keccak(abi.encode(uint256 threshold, bytes[] keys)): what AnchorRegistry stores per epoch. BLS keys in EIP-2537's form, or addresses. */
export function committeeHash(threshold: number, keys: readonly Hex[]): Hex {
  const word = (value: number) => numberToHex(value, { size: 32 });
  // Each key: its length, then its bytes filled up to whole words.
  const tails = keys.map((key) => {
    const length = size(key);
    return concat([word(length), pad(key, { dir: 'right', size: Math.ceil(length / 32) * 32 })]);
  });
  let offset = keys.length * 32;
  const offsets = tails.map((tail) => {
    const at = word(offset);
    offset += size(tail);
    return at;
  });
  return keccak256(concat([word(threshold), word(64), word(tails.length), ...offsets, ...tails]));
}
