import { HskError } from '../../protocol/errors.ts';
import type { VaultStore } from './vault-store.ts';

/** Wrong passwords in a row, and when the next may be tried. */
export interface Attempts {
  wrong: number;
  /** Milliseconds since 1970. */
  notBefore: number;
}

const KEY = 'attempts';
const FREE = 3;
const LONGEST = 300_000;

/** Milliseconds to wait after so many wrong passwords in a row: none for three, then 2 s, doubling up to five minutes. */
export function delayAfter(wrong: number): number {
  return wrong < FREE ? 0 : Math.min(LONGEST, 2000 * 2 ** (wrong - FREE));
}

/**
 * Slows down whoever tries passwords at the keyboard. It does not slow a thief of the stored record: that
 * is what argon2id is for.
 */
export class Throttle {
  constructor(
    private readonly store: VaultStore,
    private readonly now: () => number,
  ) {}

  /** @throws `PASSWORD_DELAYED` */
  async admit(): Promise<void> {
    const { notBefore } = await this.#attempts();
    const wait = Math.ceil((notBefore - this.now()) / 1000);
    // A clock that was set back must not lock the owner out for longer than the longest delay.
    if (wait > 0 && wait <= LONGEST / 1000)
      throw new HskError('PASSWORD_DELAYED', 'Too many wrong passwords in a row', {
        details: String(wait),
        action: `Wait ${wait} seconds before the next try.`,
      });
  }

  /** The error for a wrong password; `details` is the number of seconds until the next try. */
  async wrong(): Promise<HskError> {
    const wrong = (await this.#attempts()).wrong + 1;
    const delay = delayAfter(wrong);
    await this.store.write([[KEY, { wrong, notBefore: this.now() + delay } satisfies Attempts]]);
    return new HskError('PASSWORD_WRONG', 'The password is not right', {
      details: String(delay / 1000),
      action: delay
        ? `Wait ${delay / 1000} seconds, then try again; or restore the wallet from its recovery phrase.`
        : 'Try again; or restore the wallet from its recovery phrase.',
    });
  }

  async right(): Promise<void> {
    await this.store.write([[KEY, { wrong: 0, notBefore: 0 } satisfies Attempts]]);
  }

  async #attempts(): Promise<Attempts> {
    return ((await this.store.get(KEY)) as Attempts | undefined) ?? { wrong: 0, notBefore: 0 };
  }
}
