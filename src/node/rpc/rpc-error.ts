import { HskError } from '../../protocol/errors.ts';

/** An error of JSON-RPC: a numeric code as EIP-1474 and geth use it, and data where the method has some. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.data = data;
  }
}

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
export const SERVER_ERROR = -32000;
/** geth's code for a call that reverted; `data` holds the return data. */
export const EXECUTION_REVERTED = 3;
/** EIP-7966; `data` holds the hash, or the expected nonce. */
export const TRANSACTION_TIMEOUT = 4;
export const TRANSACTION_DROPPED = 5;
export const TRANSACTION_NONCE_GAP = 6;

/** The `error` member of a response; what was not meant for the caller stays inside. */
export function errorBody(error: unknown): { code: number; message: string; data?: unknown } {
  if (error instanceof RpcError)
    return {
      code: error.code,
      message: error.message,
      ...(error.data !== undefined && { data: error.data }),
    };
  if (error instanceof HskError) {
    const code = error.code === 'PARSE_INVALID' ? INVALID_PARAMS : SERVER_ERROR;
    return { code, message: error.shortMessage, data: { code: error.code, details: error.details } };
  }
  return { code: INTERNAL_ERROR, message: 'internal error' };
}
