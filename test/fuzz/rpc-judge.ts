import { answerFault, insideShown } from '../node/hostile-values.ts';
import type { HostileRequest } from './rpc-requests.ts';
import type { Reply } from './rpc-wire.ts';

/** What of a machine no answer may name. */
export type Secrets = readonly string[];

/** How the node answered, in a few words for the counts. @throws what is wrong with it */
export function judge({ want }: HostileRequest, reply: Reply, secrets: Secrets): string {
  const { status, body } = reply;
  const shown = insideShown(body, secrets);
  if (shown !== undefined)
    throw new Error(`the answer shows ${JSON.stringify(shown)}: ${body.slice(0, 300)}`);
  if (status >= 500 && status !== 503 && !(want === 'http' && (status === 501 || status === 505)))
    throw new Error(`status ${status}: ${body.slice(0, 300)}`);
  if (want === 'rpc') return judgeRpc(reply);
  if (want === 'service' && status >= 400) return judgeRefusal(reply);
  return `HTTP ${status}`;
}

function judgeRpc({ status, body }: Reply): string {
  if (status === 204 || status === 413) return `HTTP ${status}`;
  if (status !== 200) throw new Error(`JSON-RPC by HTTP ${status}: ${body.slice(0, 300)}`);
  return judgeMessage(body);
}

/** One JSON-RPC answer or a batch of them. */
export function judgeMessage(text: string): string {
  const given = JSON.parse(text) as object | object[];
  for (const one of Array.isArray(given) ? given : [given]) {
    const fault = answerFault(one);
    if (fault) throw new Error(`${fault}: ${JSON.stringify(one).slice(0, 300)}`);
  }
  if (Array.isArray(given)) return 'batch of answers';
  return 'error' in given ? `error ${(given as { error: { code: number } }).error.code}` : 'result';
}

function judgeRefusal({ status, body }: Reply): string {
  // 400 without a word: the request was no HTTP before any service saw it.
  if (status === 400 && body === '') return 'HTTP 400';
  const { error } = JSON.parse(body) as { error?: { code?: unknown; shortMessage?: unknown } };
  if (typeof error?.code !== 'string' || !/^[A-Z][A-Z0-9_]+$/.test(error.code))
    throw new Error(`no error code with ${status}: ${body.slice(0, 300)}`);
  if (typeof error.shortMessage !== 'string')
    throw new Error(`no words with ${status}: ${body.slice(0, 300)}`);
  return `HTTP ${status} ${error.code}`;
}
