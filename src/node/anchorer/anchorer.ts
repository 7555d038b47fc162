import { encodeFunctionData, type Hex } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import type { SignedAttestation } from '../../protocol/attestation.ts';
import type { Aggregator } from '../committee/aggregator.ts';
import { expandKey, expandSignature } from '../committee/bls.ts';
import { Sender } from '../sender.ts';
import type { ServiceContext } from '../service-context.ts';
import { AnchorLog } from './anchor-log.ts';

/**
 * An anchor is posted after so many blocks, or so many milliseconds after the first block without one: with
 * the mainchain's two seconds it then stands in the registry within five.
 */
export const ANCHOR_EVERY_BLOCKS = 10n;
export const ANCHOR_EVERY_MS = 2500;

/** One pairing of two, the members' keys and the record. */
const ANCHOR_GAS = 1_500_000n;
const RETRY_MS = 2000;

/** Posts attested output roots to the mainchain's registry: one transaction at a time, only when something is new. */
export class Anchorer {
  readonly log: AnchorLog;
  readonly #context: ServiceContext;
  readonly #aggregator: Aggregator;
  readonly #sender: Sender;
  readonly #stops: (() => void)[] = [];
  /** Highest block posted by us or seen anchored. */
  #posted: bigint;
  #timer: NodeJS.Timeout | undefined;
  #dueAt: number | undefined;
  #working: Promise<void> | undefined;
  #following: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(context: ServiceContext, aggregator: Aggregator, log: AnchorLog, posted: bigint) {
    this.log = log;
    this.#context = context;
    this.#aggregator = aggregator;
    this.#sender = new Sender(context.mainchainClient, context.accounts.anchorer);
    this.#posted = posted;
    this.#stops.push(
      aggregator.onAttested(() => this.#plan()),
      context.mainchain.onBlock((block) => this.#follow(block.header.number)),
    );
    this.#follow(context.mainchain.head().header.number);
    this.#plan();
  }

  static async open(context: ServiceContext, aggregator: Aggregator): Promise<Anchorer> {
    const registry = context.profile.mainchain.contracts.anchorRegistry;
    const log = await AnchorLog.open(context.directory('anchors'), context.mainchainClient, registry);
    const posted = await context.mainchainClient.readContract({
      address: registry,
      abi: anchorRegistryAbi,
      functionName: 'latestBlock',
    });
    return new Anchorer(context, aggregator, log, posted);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
    await Promise.allSettled([this.#working, this.#following]);
    await this.log.close();
  }

  #follow(mainchainBlock: bigint): void {
    this.#following = this.#following
      .then(() => (this.#closed ? undefined : this.log.follow(mainchainBlock)))
      .catch((error: unknown) => this.#context.report(`anchors: ${String(error)}`));
  }

  #plan(): void {
    const latest = this.#aggregator.latest;
    if (this.#closed || this.#working || !latest) return;
    const waiting = latest.attestation.blockNumber - this.#posted;
    if (waiting <= 0n) return;
    const now = Date.now();
    this.#dueAt ??= now + ANCHOR_EVERY_MS;
    clearTimeout(this.#timer);
    const delay = waiting >= ANCHOR_EVERY_BLOCKS ? 0 : this.#dueAt - now;
    this.#timer = setTimeout(() => this.#start(), Math.max(0, delay));
  }

  #start(): void {
    this.#dueAt = undefined;
    let wait = 0;
    this.#working = this.#post()
      .catch((error: unknown) => {
        this.#context.report(`anchorer: ${error instanceof Error ? error.message : String(error)}`);
        wait = RETRY_MS;
      })
      .finally(() => {
        this.#working = undefined;
        if (wait) this.#timer = setTimeout(() => this.#plan(), wait);
        else this.#plan();
      });
  }

  async #post(): Promise<void> {
    const latest = this.#aggregator.latest!;
    const { epoch, expiry, blockNumber } = latest.attestation;
    const { registry } = this.#aggregator;
    // Its time or its epoch is over, so the registry would refuse it. The next block carries the same state further.
    const over =
      expiry <= BigInt(Math.floor(Date.now() / 1000)) + 10n || epoch < (await registry.currentEpoch());
    const keys = (await registry.committee(epoch))?.committee.keys;
    if (over || !keys) {
      this.#posted = blockNumber;
      return;
    }
    await this.#sender.execute({
      to: this.#context.profile.mainchain.contracts.anchorRegistry,
      data: anchorCall(latest, keys.map(expandKey)),
      gas: ANCHOR_GAS,
    });
    this.#posted = blockNumber;
  }
}

/** The call that anchors an attestation; anybody may send it. */
export function anchorCall(signed: SignedAttestation, eip2537Keys: readonly Hex[]): Hex {
  return encodeFunctionData({
    abi: anchorRegistryAbi,
    functionName: 'anchor',
    args: [signed.attestation, signed.bitmap, expandSignature(signed.signature), [...eip2537Keys]],
  });
}
