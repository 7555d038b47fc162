import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex, type Parser, quantity } from '../../protocol/parse.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import type { Ledger } from '../chain/ledger.ts';
import { INVALID_PARAMS, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Reads a positional parameter. @throws -32602 in geth's words. */
export function param<T>(params: unknown[], index: number, parser: Parser<T>): T {
  const value = params[index];
  if (value === undefined || value === null)
    throw new RpcError(INVALID_PARAMS, `missing value for required argument ${index}`);
  try {
    return parser(value, 'value');
  } catch (cause) {
    if (cause instanceof RpcError) throw cause;
    const why = cause instanceof HskError ? cause.shortMessage : 'it cannot be read';
    throw new RpcError(INVALID_PARAMS, `invalid argument ${index}: ${why}`, undefined, cause);
  }
}

/** As `param`, for one that may be left out or null. */
export function optionalParam<T>(params: unknown[], index: number, parser: Parser<T>): T | undefined {
  const value = params[index];
  return value === undefined || value === null ? undefined : param(params, index, parser);
}

export const addressParam = (params: unknown[], index: number): Address => param(params, index, address);
export const hashParam = (params: unknown[], index: number): Hex => param(params, index, hex(32));
export const bytesParam = (params: unknown[], index: number): Hex => param(params, index, hex());
export const quantityParam = (params: unknown[], index: number): bigint => param(params, index, quantity);

/** A 32-byte storage slot: clients send it whole or as a short quantity. */
export const slot: Parser<Hex> = (value, path) =>
  `0x${quantity(typeof value === 'string' && value === '0x' ? '0x0' : value, path)
    .toString(16)
    .padStart(64, '0')}`;

/**
 * The block that a parameter names: a tag, a number, or EIP-1898's object. Absent means latest. On both
 * chains a block is final once it is stored, so `safe`, `finalized` and `pending` are the head as well.
 */
export function blockParam(ledger: Ledger, params: unknown[], index: number): BlockRecord | undefined {
  const value = params[index] ?? 'latest';
  switch (value) {
    case 'latest':
    case 'pending':
    case 'safe':
    case 'finalized':
      return ledger.head;
    case 'earliest':
      return ledger.block(0);
    default:
  }
  if (typeof value === 'object' && value !== null) {
    const { blockHash, blockNumber } = value as Record<string, unknown>;
    if (blockHash !== undefined) return ledger.block(hashParam([blockHash], 0));
    return ledger.block(param([blockNumber], 0, quantity));
  }
  if (typeof value === 'string' && value.length === 66) return ledger.block(hashParam([value], 0));
  return ledger.block(quantityParam([...params.slice(0, index), value], index));
}

/** As `blockParam`, for methods that need the block. */
export function requiredBlock(ledger: Ledger, params: unknown[], index: number): BlockRecord {
  const block = blockParam(ledger, params, index);
  if (!block) throw new RpcError(SERVER_ERROR, 'header not found');
  return block;
}

export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}
