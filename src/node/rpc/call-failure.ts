import type { EVMResult } from '@ethereumjs/evm';
import { decodeAbiParameters, type Hex } from 'viem';
import { toHex } from '../chain/bytes.ts';
import { EXECUTION_REVERTED, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Why the call failed, in geth's words; undefined when it did not. `vmError` is the code for all but reverts. */
export function callFailure({ execResult }: EVMResult, vmError = SERVER_ERROR): RpcError | undefined {
  const error = execResult.exceptionError?.error;
  if (error === undefined) return undefined;
  if (error === 'revert') {
    const data = toHex(execResult.returnValue);
    const reason = revertReason(data);
    return new RpcError(
      EXECUTION_REVERTED,
      reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`,
      data,
    );
  }
  return new RpcError(vmError, GETH_WORDS[error] ?? error);
}

export function throwFailure(result: EVMResult): void {
  const failure = callFailure(result);
  if (failure) throw failure;
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
function revertReason(data: Hex): string | undefined {
  try {
    const body: Hex = `0x${data.slice(10)}`;
    if (data.startsWith('0x08c379a0')) return decodeAbiParameters([{ type: 'string' }], body)[0];
    if (data.startsWith('0x4e487b71')) {
      const [code] = decodeAbiParameters([{ type: 'uint256' }], body);
      return `panic: ${PANICS[code.toString()] ?? 'unknown panic code'} (0x${code.toString(16).padStart(2, '0')})`;
    }
  } catch {
    return undefined;
  }
  return undefined;
}
