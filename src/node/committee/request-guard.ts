import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { parseAuthorization, type RequestSubject, requestText, textSigner } from './signed-request.ts';

/** Milliseconds that a request's time may differ from the member's clock, either way. */
export const REQUEST_WINDOW = 60_000;
/** Nonces remembered of accounts that nobody listed; they are free to make, so they must not fill the memory. */
const STRANGERS = 50_000;

export interface RequestGuardOptions {
  /** The member that requests must be made to. */
  member: Hex;
  /** Accounts of the configuration: never crowded out by strangers. */
  known: ReadonlySet<Address>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * Lets a signed request through once. What is remembered fits the window; a request from before the start
 * could be a replay of one that the process before remembered, so it is refused too.
 */
export class RequestGuard {
  readonly #options: RequestGuardOptions;
  readonly #started: number;
  readonly #nonces = { known: new Map<string, number>(), stranger: new Map<string, number>() };

  constructor(options: RequestGuardOptions) {
    this.#options = options;
    this.#started = options.now();
  }

  /**
   * Who asks, lower case.
   *
   * @throws `REQUEST_UNSIGNED`, `REQUEST_SIGNATURE` (another account's, or over another request),
   *   `REQUEST_EXPIRED`, `REQUEST_REPLAYED`, `REQUEST_CROWD`
   */
  admit(header: string | undefined, subject: Omit<RequestSubject, 'member'>): Address {
    const { member, known, now } = this.#options;
    const request = parseAuthorization(header);
    const { account, time, nonce } = request;
    const clock = now();
    if (Math.abs(clock - time) > REQUEST_WINDOW || time < this.#started)
      throw new HskError('REQUEST_EXPIRED', 'The request was signed at another time', {
        details: `signed ${time}, now ${clock}, member started ${this.#started}`,
        action: 'Sign it anew; when that does not help, set the clock.',
      });
    if (textSigner(requestText({ ...subject, member }, request), request.signature) !== account)
      throw new HskError('REQUEST_SIGNATURE', 'The signature is not that account’s over this request', {
        details: `${account}, ${subject.method} ${subject.path}`,
        action: 'Sign method, path, body hash, member, account, time and nonce as they are sent.',
      });
    const nonces = known.has(account) ? this.#nonces.known : this.#nonces.stranger;
    for (const [old, until] of nonces) {
      if (until >= clock) break;
      nonces.delete(old);
    }
    const key = `${account}${nonce}`;
    if (nonces.has(key))
      throw new HskError('REQUEST_REPLAYED', 'This very request was answered before', {
        details: nonce,
        action: 'Sign each request with a nonce of its own.',
      });
    if (nonces === this.#nonces.stranger && nonces.size >= STRANGERS)
      throw new HskError('REQUEST_CROWD', 'Too many accounts ask at once', {
        action: 'Ask again in a minute.',
      });
    // Longer than any request with this time can still pass.
    nonces.set(key, clock + 2 * REQUEST_WINDOW);
    return account;
  }
}
