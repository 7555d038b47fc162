import type { Address, Hex } from 'viem';
import { HskError } from './errors.ts';

/**
 * Small parsers for the boundaries: JSON-RPC, HTTP bodies, files, messages. Each takes an unknown and a
 * path for the error message, and returns the typed value or throws `PARSE_INVALID`.
 */
export type Parser<T> = (value: unknown, path: string) => T;

export function invalid(path: string, expected: string, value: unknown): HskError {
  const seen =
    typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : value === null ? 'null' : typeof value;
  return new HskError('PARSE_INVALID', `${path} is not ${expected}`, { details: seen });
}

export const text: Parser<string> = (value, path) => {
  if (typeof value !== 'string') throw invalid(path, 'a string', value);
  return value;
};

export const flag: Parser<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw invalid(path, 'true or false', value);
  return value;
};

/** A safe non-negative integer as a JSON number. */
export const integer: Parser<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(path, 'a non-negative whole number', value);
  return value;
};

/** An unsigned integer of at most 256 bits, decimal or 0x-prefixed, as a JSON string. */
export const uint: Parser<bigint> = (value, path) => {
  if (typeof value !== 'string' || !/^(?:\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(value))
    throw invalid(path, 'an unsigned integer string', value);
  const parsed = BigInt(value);
  if (parsed >> 256n) throw invalid(path, 'an unsigned integer of at most 256 bits', value);
  return parsed;
};

/** A JSON-RPC quantity: 0x-prefixed hexadecimal. Leading zeros are tolerated; clients differ. */
export const quantity: Parser<bigint> = (value, path) => {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value))
    throw invalid(path, 'a quantity', value);
  return BigInt(value);
};

/** Whole bytes as lower-case hex; `size` in bytes where it is fixed. */
export function hex(size?: number): Parser<Hex> {
  return (value, path) => {
    if (typeof value !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value))
      throw invalid(path, 'hex bytes', value);
    if (size !== undefined && value.length !== 2 + 2 * size)
      throw invalid(path, `${size} bytes of hex`, value);
    return value.toLowerCase() as Hex;
  };
}

/** An http(s) URL, without a slash at its end. */
export const url: Parser<string> = (value, path) => {
  const string = text(value, path);
  if (!/^https?:\/\//.test(string)) throw invalid(path, 'an http(s) URL', value);
  return string.replace(/\/+$/, '');
};

/** A 20-byte address, lower case. Checksums are the user interface's business. */
export const address: Parser<Address> = (value, path) => hex(20)(value, path);

export function list<T>(item: Parser<T>, limit = 10_000): Parser<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalid(path, 'a list', value);
    if (value.length > limit) throw invalid(path, `a list of at most ${limit}`, `${value.length} items`);
    return value.map((entry, index) => item(entry, `${path}[${index}]`));
  };
}

/** An object with exactly the named fields parsed; fields not named are dropped. */
export function object<T extends object>(shape: { [K in keyof T]-?: Parser<T[K]> }): Parser<T> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(path, 'an object', value);
    const result: Partial<T> = {};
    for (const key of Object.keys(shape) as (keyof T & string)[]) {
      const parsed = shape[key]((value as Record<string, unknown>)[key], `${path}.${key}`);
      if (parsed !== undefined) result[key] = parsed;
    }
    return result as T;
  };
}

export function optional<T>(parser: Parser<T>): Parser<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : parser(value, path));
}

export function oneOf<const T extends string | number>(...choices: T[]): Parser<T> {
  return (value, path) => {
    if (!choices.includes(value as T)) throw invalid(path, `one of ${choices.join(', ')}`, value);
    return value as T;
  };
}
