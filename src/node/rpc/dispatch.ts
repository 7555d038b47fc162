import { errorBody, INVALID_REQUEST, PARSE_ERROR, RpcError } from './rpc-error.ts';
import type { ChainView } from './view.ts';

interface RpcRequest {
  jsonrpc?: unknown;
  id?: unknown;
  method?: unknown;
  params?: unknown;
}

/** Most calls in one batch. */
const MAX_BATCH = 1000;

/** Runs one call; `run` is the chain's, or a connection's that adds its own methods. */
export type Run = (method: string, params: unknown[]) => Promise<unknown>;

export const chainRun =
  (chain: Pick<ChainView, 'request'>): Run =>
  (method, params) =>
    chain.request(method, params);

/** Answers a JSON-RPC 2.0 body, single or batch. Undefined: only notifications, nothing to answer. */
export async function answer(body: string, run: Run): Promise<string | undefined> {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return failure(null, new RpcError(PARSE_ERROR, 'parse error'));
  }
  if (!Array.isArray(message)) return one(message as RpcRequest, run);
  if (message.length === 0) return failure(null, new RpcError(INVALID_REQUEST, 'empty batch'));
  if (message.length > MAX_BATCH) return failure(null, new RpcError(INVALID_REQUEST, 'batch too large'));
  const answers = await Promise.all(message.map((call) => one(call as RpcRequest, run)));
  const given = answers.filter((text) => text !== undefined);
  return given.length > 0 ? `[${given.join(',')}]` : undefined;
}

async function one(call: RpcRequest, run: Run): Promise<string | undefined> {
  const id = readId(call);
  if (typeof call !== 'object' || call === null || typeof call.method !== 'string')
    return failure(id ?? null, new RpcError(INVALID_REQUEST, 'invalid request'));
  const params = call.params ?? [];
  try {
    if (!Array.isArray(params)) throw new RpcError(-32602, 'non-array args');
    const result = await run(call.method, params);
    return id === undefined
      ? undefined
      : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result ?? null)}}`;
  } catch (error) {
    return id === undefined ? undefined : failure(id, error);
  }
}

/** Undefined for a notification. */
function readId(call: RpcRequest | null): string | number | null | undefined {
  const id = call?.id;
  return typeof id === 'string' || typeof id === 'number' || id === null ? id : undefined;
}

function failure(id: string | number | null, error: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: errorBody(error) });
}
