import { bytesToHex, hexToBytes } from '@ethereumjs/util';
import type { EVMResult } from '@ethereumjs/evm';
import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';

/** Why a call failed, in geth's words; `data` is what a revert returned. */
export interface CallFailure {
  words: string;
  data?: Hex;
}

/** `undefined` when the call did not fail. */
export function failureOf({ execResult }: EVMResult): CallFailure | undefined {
  const error = execResult.exceptionError?.error;
  if (error === undefined) return undefined;
  if (error !== 'revert') return { words: GETH_WORDS[error] ?? error };
  const data = bytesToHex(execResult.returnValue) as Hex;
  const reason = revertReason(data);
  return { words: reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`, data };
}

export function callFailure(result: EVMResult): HskError | undefined {
  const failure = failureOf(result);
  if (!failure) return undefined;
  const { words, data } = failure;
  return data === undefined ? failed(words) : new HskError('CALL_REVERTED', words, { details: data });
}

export function failed(message: string): HskError {
  return new HskError('CALL_FAILED', message);
}

/** ethereumjs's word to geth's, where they differ. */
const GETH_WORDS: Record<string, string> = {
  'insufficient balance': 'insufficient funds for transfer',
  'invalid JUMP': 'invalid jump destination',
  'static state change': 'write protection',
  'create collision': 'contract address collision',
  'code size to deposit exceeds maximum code size': 'max code size exceeded',
};

const PANICS: Record<string, string> = {
  '1': 'assert(false)',
  '17': 'arithmetic underflow or overflow',
  '18': 'division or modulo by zero',
  '33': 'enum overflow',
  '34': 'invalid encoded storage byte array accessed',
  '49': 'out-of-bounds array access; popping on an empty array',
  '50': 'out-of-bounds access of an array or bytesN',
  '65': 'out of memory',
  '81': 'uninitialized function',
};

/** The text of Solidity's `Error(string)` or `Panic(uint256)`. */
function revertReason(revertData: Hex): string | undefined {
  const body = revertData.slice(10);
  const word = (at: number) => BigInt(`0x${body.slice(at, at + 64)}`);
  if (revertData.startsWith('0x4e487b71') && body.length >= 64) {
    const code = word(0);
    return `panic: ${PANICS[code.toString()] ?? 'unknown panic code'} (0x${code.toString(16).padStart(2, '0')})`;
  }
  if (!revertData.startsWith('0x08c379a0') || body.length < 128 || word(0) !== 32n) return undefined;
  const length = Number(word(64)) * 2;
  return 128 + length <= body.length
    ? new TextDecoder().decode(hexToBytes(`0x${body.slice(128, 128 + length)}`))
    : undefined;
}
