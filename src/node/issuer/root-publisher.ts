import { type Address, encodeFunctionData, isAddressEqual } from 'viem';
import { identityRegistryAbi } from '../../contracts/abi/IdentityRegistry.ts';
import { HskError } from '../../protocol/errors.ts';
import { ZkidTree } from '../../protocol/zkid-tree.ts';
import type { Sender } from '../sender.ts';
import type { LeafChange } from './ledger.ts';

/**
 * Keeps the registry's newest root equal to the tree. What holders are shown is the tree as it was last
 * posted, so that a path they fetch always ends in a root the chain knows. The root is posted again at half
 * its lifetime; several changes at once share one transaction.
 */
export class RootPublisher {
  readonly #sender: Sender;
  readonly #registry: Address;
  readonly #report: (message: string) => void;
  readonly #staged = new ZkidTree();
  readonly #posted = new ZkidTree();
  #unposted: LeafChange[] = [];
  #postedAt = 0;
  #lifetime = 0;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sender: Sender, registry: Address, report: (message: string) => void) {
    this.#sender = sender;
    this.#registry = registry;
    this.#report = report;
  }

  /** Root and tree as holders may use them; `postedAt` in seconds since 1970, 0 before the first post. */
  get posted(): { tree: ZkidTree; postedAt: number; expiry: number } {
    return { tree: this.#posted, postedAt: this.#postedAt, expiry: this.#postedAt + this.#lifetime };
  }

  get lifetime(): number {
    return this.#lifetime;
  }

  stage(changes: readonly LeafChange[]): void {
    for (const { index, leaf } of changes) this.#staged.set(index, leaf);
    this.#unposted.push(...changes);
  }

  /** Reads what the registry has; posts when that is not this tree's root, or old. */
  async start(): Promise<void> {
    const { client } = this.#sender;
    const registry = { address: this.#registry, abi: identityRegistryAbi } as const;
    this.#lifetime = Number(await client.readContract({ ...registry, functionName: 'rootLifetime' }));
    const [issuer, postedAt] = await client.readContract({
      ...registry,
      functionName: 'roots',
      args: [this.#staged.root],
    });
    if (isAddressEqual(issuer, this.#sender.address))
      this.#markPosted(this.#unposted.length, Number(postedAt));
    if (this.#isOld()) await this.publish();
    this.#renewLater();
  }

  /** Resolves when a root with everything staged before the call is in a block. @throws `ISSUER_ROOT_NOT_POSTED` */
  publish(): Promise<void> {
    return (this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#current = this.#post();
        return this.#current;
      }));
  }

  /** Resolves when no post is under way. */
  async settled(): Promise<void> {
    await (this.#next ?? this.#current).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.settled();
  }

  async #post(): Promise<void> {
    const count = this.#unposted.length;
    const root = this.#staged.root;
    try {
      const receipt = await this.#sender.execute({
        to: this.#registry,
        data: encodeFunctionData({ abi: identityRegistryAbi, functionName: 'postRoot', args: [root] }),
      });
      const { timestamp } = await this.#sender.client.getBlock({ blockNumber: receipt.blockNumber });
      this.#markPosted(count, Number(timestamp));
    } catch (cause) {
      throw new HskError('ISSUER_ROOT_NOT_POSTED', 'The new root did not reach the chain', {
        details: cause instanceof Error ? cause.message.split('\n')[0]! : String(cause),
        action: 'Apply again in a moment: nothing is issued twice.',
        cause,
      });
    }
  }

  #markPosted(count: number, at: number): void {
    for (const { index, leaf } of this.#unposted.slice(0, count)) this.#posted.set(index, leaf);
    this.#unposted = this.#unposted.slice(count);
    this.#postedAt = at;
  }

  #isOld(): boolean {
    return Date.now() / 1000 - this.#postedAt >= this.#lifetime / 2;
  }

  #renewLater(): void {
    if (this.#closed) return;
    const wait = Math.min(this.#lifetime / 8, 600) * 1000;
    this.#timer = setTimeout(() => {
      const due = this.#isOld() || this.#unposted.length > 0;
      const work = due ? this.publish() : Promise.resolve();
      work
        .catch((error: unknown) =>
          this.#report(`issuer: ${error instanceof Error ? error.message : String(error)}`),
        )
        .finally(() => this.#renewLater());
    }, wait);
    this.#timer.unref();
  }
}
