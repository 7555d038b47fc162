import type { FollowedChain } from '../chain/chain.ts';

const RETRY_MS = 2000;
/** Blocks handed over at once. */
const SPAN = 5000n;

export interface BlockFollowerOptions {
  chain: Pick<FollowedChain, 'head' | 'onBlock'>;
  /** Deals with these blocks, both ends included; asked again for the same until it succeeds. */
  handle(fromBlock: bigint, toBlock: bigint): Promise<void>;
  report(message: string): void;
}

/**
 * Hands over a chain's blocks in order, from the first on, one range at a time. Nothing is kept: a restart
 * begins again, so what is done with a block must bear being done twice.
 */
export class BlockFollower {
  readonly #options: BlockFollowerOptions;
  readonly #stop: () => void;
  #readTo = 0n;
  #working: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #failure: string | undefined;

  constructor(options: BlockFollowerOptions) {
    this.#options = options;
    // QBFT blocks are final once sealed, so the newest one may be acted on.
    this.#stop = options.chain.onBlock(() => this.#wake());
    this.#wake();
  }

  /** Why the next blocks wait, if they do. */
  get failure(): string | undefined {
    return this.#failure;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    clearTimeout(this.#retry);
    await this.#working;
  }

  #wake(): void {
    if (this.#closed || this.#working) return;
    clearTimeout(this.#retry);
    this.#working = this.#follow()
      .catch((error: unknown) => {
        if (this.#closed) return;
        this.#failure = error instanceof Error ? error.message : String(error);
        this.#options.report(this.#failure);
        this.#retry = setTimeout(() => this.#wake(), RETRY_MS);
      })
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #follow(): Promise<void> {
    const { chain, handle } = this.#options;
    for (
      let head = chain.head().header.number;
      this.#readTo < head && !this.#closed;
      head = chain.head().header.number
    ) {
      const toBlock = this.#readTo + SPAN < head ? this.#readTo + SPAN : head;
      await handle(this.#readTo + 1n, toBlock);
      this.#readTo = toBlock;
      this.#failure = undefined;
    }
  }
}
