import { HskError } from '../../protocol/errors.ts';
import { RpcError, SERVER_ERROR } from '../rpc/rpc-error.ts';

/** Milliseconds until an unanswered call counts as failed; `eth_sendRawTransactionSync` may wait a minute. */
const TIMEOUT_MS = 65_000;

/** Sends one call to a chain that runs elsewhere. */
export type RpcCaller = (
  method: string,
  params?: unknown[],
  headers?: Record<string, string>,
) => Promise<unknown>;

/**
 * JSON-RPC 2.0 by HTTP POST.
 * @throws `RpcError` as the chain answers it; `CHAIN_UNREACHABLE`, `CHAIN_ANSWER_INVALID`
 */
export function rpcCaller(url: string, always: Record<string, string> = {}): RpcCaller {
  return async (method, params = [], headers = {}) => {
    const ask = () =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...always, ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    const response = await ask()
      .catch((error: unknown) => {
        // A kept connection ended while the question was on its way. Ethereum's methods may be asked twice.
        if (method.startsWith('eth_') && wasClosed(error)) return ask();
        throw error;
      })
      .catch((cause: unknown) => {
        throw new HskError('CHAIN_UNREACHABLE', 'The chain does not answer', {
          details: url,
          action: 'Check that it runs, and that this address is right.',
          cause,
        });
      });
    const answer = parseAnswer(await response.text().catch(() => ''));
    if (!answer)
      throw new HskError('CHAIN_ANSWER_INVALID', 'What answers at this address is no JSON-RPC endpoint', {
        details: `${url}, HTTP ${response.status}, ${method}`,
      });
    if (answer.error)
      throw new RpcError(
        Number.isInteger(answer.error.code) ? (answer.error.code as number) : SERVER_ERROR,
        String(answer.error.message ?? 'refused without a reason').slice(0, 1000),
        answer.error.data,
      );
    return answer.result;
  };
}

function wasClosed(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === 'UND_ERR_SOCKET' || cause?.code === 'ECONNRESET';
}

interface Answer {
  result?: unknown;
  error?: { code?: unknown; message?: unknown; data?: unknown };
}

function parseAnswer(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'jsonrpc' in answer
      ? (answer as Answer)
      : undefined;
  } catch {
    return undefined;
  }
}
