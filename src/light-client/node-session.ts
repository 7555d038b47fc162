import { HskError } from '../protocol/errors.ts';
import { flag, integer, object, text } from '../protocol/parse.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { SessionInfo, SignedSignIn, SignInTerms } from './light-client-api.ts';
import type { Transport } from './transport.ts';

/** Milliseconds that a question waits for the wallet to sign in, and before the end at which a session is renewed. */
const PATIENCE = 10_000;
const RENEWAL = 60_000;

const parseNonce = object<{ nonce: string }>({ nonce: text });
const parseSession = object<SessionInfo & { token: string }>({
  token: text,
  expiresAt: integer,
  admitted: flag,
});

/**
 * The session at the execution chain's endpoint, where its reads are private (EIP-4361). The token is kept in
 * memory and goes to the endpoint that gave it, nowhere else.
 */
export class NodeSession {
  readonly url: string;
  readonly #chainId: number;
  readonly #now: () => number;
  readonly #private: boolean;
  readonly #waiting = new Set<() => void>();
  #token: string | undefined;
  /** Milliseconds since 1970. */
  #until = 0;

  /** @param now milliseconds since 1970 */
  constructor({ execution }: Pick<ChainProfile, 'execution'>, now: () => number) {
    this.url = execution.rpcUrls[0] ?? '';
    this.#chainId = execution.chainId;
    this.#private = execution.access?.reads === 'private';
    this.#now = now;
  }

  /** Somebody has to sign in, for the first time or again. */
  get needed(): boolean {
    return this.#private && (this.#token === undefined || this.#now() > this.#until - RENEWAL);
  }

  /** The header for a request to this endpoint; undefined for any other. */
  authorization(url: string): string | undefined {
    return url === this.url && this.#token !== undefined ? `Bearer ${this.#token}` : undefined;
  }

  /** What to sign; null where nothing has to be. Only the nonce is the endpoint's word. */
  async terms(execution: Transport): Promise<SignInTerms | null> {
    if (!this.needed) return null;
    const { nonce } = parseNonce(await execution.request('hsk_getSessionNonce', []), 'terms');
    return { uri: this.url, chainId: this.#chainId, nonce };
  }

  async open(execution: Transport, signed: SignedSignIn): Promise<SessionInfo> {
    const { token, ...session } = parseSession(
      await execution.request('hsk_createSession', [signed]),
      'session',
    );
    this.#token = token;
    this.#until = session.expiresAt * 1000;
    this.#wake();
    return session;
  }

  async close(execution: Transport): Promise<void> {
    if (this.#token !== undefined) await execution.request('hsk_revokeSession', []).catch(() => undefined);
    this.#token = undefined;
  }

  /** Waits a moment for a session, where there has to be one. @throws `SESSION_NEEDED` */
  async ready(): Promise<void> {
    if (!this.#private || this.#token !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (this.#token === undefined)
      throw new HskError(
        'SESSION_NEEDED',
        'This chain shows an account only its own, and nobody has signed in',
        {
          action: 'Unlock the wallet.',
        },
      );
  }

  /** True when the error says that the session is over: then it is forgotten, and the answer can be asked again. */
  lost(error: unknown): boolean {
    if (!(error instanceof HskError) || error.code !== 'SESSION_NEEDED' || this.#token === undefined)
      return false;
    this.#token = undefined;
    return true;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
