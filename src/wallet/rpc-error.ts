import { type HskError, toHskError } from '../protocol/errors.ts';

/** The error that EIP-1193 asks for: a numeric code. Ours is its cause. */
export class ProviderRpcError extends Error {
  override readonly name = 'ProviderRpcError';
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** EIP-1193 and EIP-1474 codes. */
export const RPC_CODES = {
  /** geth's, which every library reads: `data` is what the contract reverted with. */
  reverted: 3,
  server: -32000,
  rejected: 4001,
  unauthorized: 4100,
  unsupported: 4200,
  unknownChain: 4902,
  invalidParams: -32602,
  internal: -32603,
} as const;

const OF_OURS: Record<string, number> = {
  REQUEST_DECLINED: RPC_CODES.rejected,
  REQUEST_UNSEEN: RPC_CODES.unauthorized,
  VAULT_LOCKED: RPC_CODES.unauthorized,
  VAULT_EMPTY: RPC_CODES.unauthorized,
  UNPROVEN_METHOD: RPC_CODES.unsupported,
  PARSE_INVALID: RPC_CODES.invalidParams,
  TYPED_DATA_INVALID: RPC_CODES.invalidParams,
  CALL_REVERTED: RPC_CODES.reverted,
  CALL_FAILED: RPC_CODES.server,
  WATCH_UNKNOWN: RPC_CODES.server,
};

export function toRpcError(error: unknown): ProviderRpcError {
  if (error instanceof ProviderRpcError) return error;
  const cause: HskError = toHskError(error);
  const data =
    cause.code === 'CALL_REVERTED'
      ? cause.details
      : { code: cause.code, details: cause.details, action: cause.action };
  return new ProviderRpcError(OF_OURS[cause.code] ?? RPC_CODES.internal, cause.shortMessage, data, { cause });
}
