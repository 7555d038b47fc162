import { createHash, randomBytes } from 'node:crypto';
import type { Address } from 'viem';
import { RpcError } from '../rpc/rpc-error.ts';
import { LIMIT_EXCEEDED } from './refusals.ts';

export interface Session {
  account: Address;
  /** Seconds since 1970. */
  until: number;
}

/** Most sessions of one account, beyond which its oldest ends, and in all. */
const PER_ACCOUNT = 16;
const IN_ALL = 100_000;

/** Sessions by the hash of their token: whoever reads this memory cannot present one. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /** Returns the token, 32 random bytes in hex; it is kept nowhere. */
  open(session: Session, now: number): string {
    this.#expire(now);
    const own = [...this.#sessions].filter(([, { account }]) => account === session.account);
    for (const [oldest] of own.slice(0, Math.max(0, own.length - PER_ACCOUNT + 1)))
      this.#sessions.delete(oldest);
    if (this.#sessions.size >= IN_ALL)
      throw new RpcError(LIMIT_EXCEEDED, 'too many sessions', { code: 'SESSION_LIMIT' });
    const token = randomBytes(32).toString('hex');
    this.#sessions.set(digest(token), session);
    return token;
  }

  find(token: string, now: number): Session | undefined {
    const session = this.#sessions.get(digest(token));
    return session && session.until > now ? session : undefined;
  }

  /** False when there was no such session. */
  end(token: string): boolean {
    return this.#sessions.delete(digest(token));
  }

  #expire(now: number): void {
    for (const [key, { until }] of this.#sessions) if (until <= now) this.#sessions.delete(key);
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
