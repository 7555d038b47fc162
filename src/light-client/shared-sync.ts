import type { Hex } from 'viem';
import { flag, object, oneOf, optional, type Parser, text } from '../protocol/parse.ts';
import type { SerializedError } from '../protocol/errors.ts';
import { parseSerializedError } from '../protocol/service-error.ts';
import { parseSavedHeader } from './saved-heads.ts';

/** What the tab that follows the chains tells the others; the heads themselves are in the store. */
export interface News {
  /** Names what is in the store. */
  heads: string;
  synced: boolean;
  sequenced?: { header: Hex; hash: Hex } | undefined;
  /** Why the last step of a chain failed. */
  mainchain?: SerializedError | undefined;
  execution?: SerializedError | undefined;
  contradiction?: SerializedError | undefined;
}

/** What another tab asks of it: the news, to be awake because somebody watches, or to be quick because something was sent. */
export type Wish = 'news' | 'awake' | 'quick';

const error: Parser<SerializedError | undefined> = optional(parseSerializedError);
const parseMessage = object<{ news: News | undefined; wish: Wish | undefined }>({
  news: optional(
    object<News>({
      heads: text,
      synced: flag,
      sequenced: optional(parseSavedHeader),
      mainchain: error,
      execution: error,
      contradiction: error,
    }),
  ),
  wish: optional(oneOf('news', 'awake', 'quick')),
});

/** Milliseconds without news after which a tab follows for itself: whoever holds the lock is frozen or broken. */
const SILENCE = 20_000;
/** Milliseconds that a new tab waits for the lock or the first news. */
const GRACE = 500;

/**
 * One sync for all tabs of an origin that follow the same profile: whoever holds the Web Lock follows the chains, the
 * others take up what it saves and ask nothing but their own proofs. When it closes, the next holds the lock.
 */
export class SharedSync {
  #holds = false;
  #heard: number;
  #over!: () => void;
  readonly #channel: BroadcastChannel;

  /**
   * @param name of the lock and the channel: bound to the digest of the profile
   * @param now milliseconds
   * @param heed is called with what the other tabs say, and without anything once this one holds the lock
   */
  constructor(
    name: string,
    private readonly now: () => number,
    heed: (message: { news?: News | undefined; wish?: Wish | undefined }) => void,
  ) {
    this.#heard = now() - SILENCE + GRACE;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const { news, wish } = read(data);
      // News is for those who do not follow, wishes are for the one who does.
      if (this.#holds === (news !== undefined)) return;
      if (news) this.#heard = this.now();
      heed({ news, wish });
    };
    const over = new Promise<void>((resolve) => (this.#over = resolve));
    void navigator.locks.request(name, () => {
      this.#holds = true;
      heed({});
      return over;
    });
    this.wish('news');
  }

  /** Whether this tab follows the chains itself. */
  get leads(): boolean {
    return this.#holds || this.now() - this.#heard > SILENCE;
  }

  tell(news: News): void {
    if (this.#holds) this.#channel.postMessage({ news });
  }

  wish(wish: Wish): void {
    if (!this.#holds) this.#channel.postMessage({ wish });
  }

  close(): void {
    this.#over();
    this.#channel.close();
  }
}

/** Another version of this code may say what this one does not know. */
function read(data: unknown): { news?: News | undefined; wish?: Wish | undefined } {
  try {
    return parseMessage(data, 'message');
  } catch {
    return {};
  }
}

/** Whether tabs can agree here at all. Where not, each follows for itself. */
export function canShare(): boolean {
  return typeof BroadcastChannel === 'function' && globalThis.navigator?.locks !== undefined;
}
