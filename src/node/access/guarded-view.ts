import type { Hex } from 'viem';
import { text } from '../../protocol/parse.ts';
import { param } from '../rpc/params.ts';
import type { Caller, ChainView } from '../rpc/view.ts';
import type { Gate } from './gate.ts';

/** One connection's view. A WebSocket may sign in after it was opened. */
export class GuardedView implements ChainView {
  #token: string | undefined;

  constructor(
    private readonly gate: Gate,
    private readonly caller: Caller,
  ) {
    this.#token = bearer(caller.authorization);
  }

  async request(method: string, params: unknown[] = []): Promise<unknown> {
    const { gate } = this;
    switch (method) {
      case 'hsk_getSessionNonce':
        return gate.issueNonce();
      case 'hsk_createSession':
        return gate.openSession(params, this.caller.peer);
      case 'hsk_authenticate': {
        const token = param(params, 0, text);
        const session = await gate.session(token);
        this.#token = token;
        return session;
      }
      case 'hsk_getSession':
        return gate.session(this.#token);
      case 'hsk_revokeSession':
        return gate.endSession(this.#token);
      case 'hsk_getDisclosures':
        return gate.disclosures(params, this.#token);
      default:
        return gate.answer(method, params, this.#token);
    }
  }

  mayFollow(kind: unknown): Promise<void> {
    return this.gate.mayFollow(kind, this.#token);
  }

  onHead(listener: (header: Record<string, unknown>) => void): () => void {
    return this.gate.chain.onHead(listener);
  }

  onLogs(filter: unknown, listener: (log: Record<string, unknown>) => void): () => void {
    // One after the other, so that they arrive in their order.
    let last: Promise<unknown> = Promise.resolve();
    return this.gate.chain.onLogs(filter, (log) => {
      last = last
        .then(async () => (await this.gate.pushedLogs(filter, [log], this.#token)).forEach(listener))
        .catch(() => undefined);
    });
  }

  onPending(listener: (hash: Hex) => void): () => void {
    return this.gate.chain.onPending((hash) => {
      void this.mayFollow('newPendingTransactions').then(
        () => listener(hash),
        () => undefined,
      );
    });
  }
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
