import type { EVMResult } from '@ethereumjs/evm';
import { failureOf } from '../../evm/call-failure.ts';
import { EXECUTION_REVERTED, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Why the call failed; undefined when it did not. `vmError` is the code for all but reverts. */
export function callFailure(result: EVMResult, vmError = SERVER_ERROR): RpcError | undefined {
  const failure = failureOf(result);
  if (!failure) return undefined;
  const { words, data } = failure;
  return data === undefined ? new RpcError(vmError, words) : new RpcError(EXECUTION_REVERTED, words, data);
}

export function throwFailure(result: EVMResult): void {
  const failure = callFailure(result);
  if (failure) throw failure;
}
