import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Hex } from 'viem';
import { HskError } from '../../src/protocol/errors.ts';

const FOLDER = new URL('../../../shared/vectors/', import.meta.url);

/** A third-party vector, by its path under `../shared/vectors`. */
export function vector<T>(path: string): T {
  return JSON.parse(vectorText(path)) as T;
}

export function vectorText(path: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8');
}

export function vectorPath(path: string): string {
  return fileURLToPath(new URL(path, FOLDER));
}

/** For `assert.throws`: our own error with exactly this code. */
export function withCode(...codes: string[]): (error: unknown) => true {
  return (error) => {
    if (!(error instanceof HskError)) throw error;
    if (!codes.includes(error.code))
      throw new Error(`expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`, {
        cause: error,
      });
    return true;
  };
}

/** The same bytes with one bit flipped. */
export function flipBit(value: Hex, bit: number): Hex {
  const at = 2 + Math.floor(bit / 4);
  const nibble = Number.parseInt(value.charAt(at), 16) ^ (1 << (bit % 4));
  return `${value.slice(0, at)}${nibble.toString(16)}${value.slice(at + 1)}` as Hex;
}

/** xorshift32: tests that vary must repeat. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
