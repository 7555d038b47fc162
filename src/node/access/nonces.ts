import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Seconds in which a nonce can be used. */
export const NONCE_SECONDS = 300;
const RANDOM_BYTES = 16;
const TIME_BYTES = 6;
const MAC_BYTES = 16;

/**
 * Nonces that prove themselves: random, expiry and a MAC under a key of this process. Asking for them takes no
 * memory, so nobody can push out another's; only those that were used are remembered, until they expire.
 */
export class Nonces {
  readonly #key = randomBytes(32);
  /** Used ones, by expiry in seconds since 1970. */
  readonly #used = new Map<string, number>();

  /** @param now seconds since 1970 */
  issue(now: number): string {
    const body = Buffer.alloc(RANDOM_BYTES + TIME_BYTES);
    randomBytes(RANDOM_BYTES).copy(body);
    body.writeUIntBE(now + NONCE_SECONDS, RANDOM_BYTES, TIME_BYTES);
    return Buffer.concat([body, this.#mac(body)]).toString('hex');
  }

  /** Whether the nonce is from here, still good and unused. */
  holds(nonce: string, now: number): boolean {
    return this.#expiry(nonce, now) !== undefined && !this.#used.has(nonce);
  }

  /** Uses it up; false when it does not hold. */
  use(nonce: string, now: number): boolean {
    const expiry = this.#expiry(nonce, now);
    if (expiry === undefined || this.#used.has(nonce)) return false;
    for (const [old, until] of this.#used) {
      if (until > now) break;
      this.#used.delete(old);
    }
    this.#used.set(nonce, expiry);
    return true;
  }

  #expiry(nonce: string, now: number): number | undefined {
    if (!/^[0-9a-f]{76}$/.test(nonce)) return undefined;
    const bytes = Buffer.from(nonce, 'hex');
    const body = bytes.subarray(0, RANDOM_BYTES + TIME_BYTES);
    if (!timingSafeEqual(bytes.subarray(RANDOM_BYTES + TIME_BYTES), this.#mac(body))) return undefined;
    const expiry = body.readUIntBE(RANDOM_BYTES, TIME_BYTES);
    return expiry > now ? expiry : undefined;
  }

  #mac(body: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(body).digest().subarray(0, MAC_BYTES);
  }
}
