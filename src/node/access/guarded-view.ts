import { text } from '../../protocol/parse.ts';
import { param } from '../rpc/params.ts';
import type { Caller, ChainView } from '../rpc/view.ts';
import type { Gate } from './gate.ts';

/** The gate as one connection sees it. A WebSocket may sign in after it was opened. */
export function guardedView(gate: Gate, { authorization, peer }: Caller): ChainView {
  let token = bearer(authorization);
  const mayFollow = (kind: unknown) => gate.mayFollow(kind, token);
  return {
    mayFollow,
    request: async (method, params = []) => {
      switch (method) {
        case 'hsk_getSessionNonce':
          return gate.issueNonce();
        case 'hsk_createSession':
          return gate.openSession(params, peer);
        case 'hsk_authenticate': {
          const presented = param(params, 0, text);
          const session = await gate.session(presented);
          token = presented;
          return session;
        }
        case 'hsk_getSession':
          return gate.session(token);
        case 'hsk_revokeSession':
          return gate.endSession(token);
        case 'hsk_getDisclosures':
          return gate.disclosures(params, token);
        default:
          return gate.answer(method, params, token);
      }
    },
    onHead: (listener) => gate.chain.onHead(listener),
    onLogs: (filter, listener) => {
      // One after the other, so that they arrive in their order.
      let last: Promise<unknown> = Promise.resolve();
      return gate.chain.onLogs(filter, (log) => {
        last = last
          .then(async () => (await gate.pushedLogs(filter, [log], token)).forEach(listener))
          .catch(() => undefined);
      });
    },
    onPending: (listener) =>
      gate.chain.onPending((hash) => {
        void mayFollow('newPendingTransactions').then(
          () => listener(hash),
          () => undefined,
        );
      }),
  };
}

/** What the view answers by itself; the table names what it passes on. */
export const SESSION_METHODS = [
  'hsk_getSessionNonce',
  'hsk_createSession',
  'hsk_authenticate',
  'hsk_getSession',
  'hsk_revokeSession',
  'hsk_getDisclosures',
] as const;

export function bearer(authorization: string | undefined): string | undefined {
  const [, token] = /^Bearer ([\x21-\x7e]{1,128})$/i.exec(authorization ?? '') ?? [];
  return token;
}
