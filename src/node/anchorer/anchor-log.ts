import { ClassicLevel } from 'classic-level';
import { type Address, type Hex, numberToHex } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import type { ChainClient } from '../chain-client.ts';

/** One anchor, and where on the mainchain it stands. */
export interface AnchorEntry {
  blockNumber: bigint;
  outputRoot: Hex;
  mainchainBlock: bigint;
  mainchainTransaction: Hex;
}

/** Blocks asked for at once while catching up. */
const SPAN = 5000n;
const CURSOR = 'read-to';

/** The anchors in order, an index over the registry's events. It may be deleted: it is read again. */
export class AnchorLog {
  readonly #client: ChainClient;
  readonly #registry: Address;
  readonly #store: ClassicLevel<string, string>;
  #readTo: bigint;
  #latest: AnchorEntry | undefined;

  private constructor(
    client: ChainClient,
    registry: Address,
    store: ClassicLevel<string, string>,
    readTo: bigint,
    latest: AnchorEntry | undefined,
  ) {
    this.#client = client;
    this.#registry = registry;
    this.#store = store;
    this.#readTo = readTo;
    this.#latest = latest;
  }

  static async open(directory: string, client: ChainClient, registry: Address): Promise<AnchorLog> {
    const store = new ClassicLevel<string, string>(directory);
    await store.open();
    const readTo = BigInt((await store.get(CURSOR)) ?? 0);
    const [latest] = await store.values({ gte: 'anchor:', lt: 'anchor;', reverse: true, limit: 1 }).all();
    return new AnchorLog(client, registry, store, readTo, latest === undefined ? undefined : decode(latest));
  }

  get latest(): AnchorEntry | undefined {
    return this.#latest;
  }

  /** Takes in what was anchored up to and including this mainchain block. */
  async follow(mainchainBlock: bigint): Promise<void> {
    while (this.#readTo < mainchainBlock) {
      const toBlock = this.#readTo + SPAN < mainchainBlock ? this.#readTo + SPAN : mainchainBlock;
      const logs = await this.#client.getContractEvents({
        address: this.#registry,
        abi: anchorRegistryAbi,
        eventName: 'Anchored',
        fromBlock: this.#readTo + 1n,
        toBlock,
        strict: true,
      });
      const entries = logs.map((log): AnchorEntry => ({
        blockNumber: log.args.blockNumber,
        outputRoot: log.args.outputRoot,
        mainchainBlock: log.blockNumber,
        mainchainTransaction: log.transactionHash,
      }));
      await this.#store.batch([
        ...entries.map((entry) => ({
          type: 'put' as const,
          key: keyOf(entry.blockNumber),
          value: encode(entry),
        })),
        { type: 'put', key: CURSOR, value: toBlock.toString() },
      ]);
      this.#latest = entries.at(-1) ?? this.#latest;
      this.#readTo = toBlock;
    }
  }

  /** The first anchor at or above an execution block. */
  async firstFrom(blockNumber: bigint): Promise<AnchorEntry | undefined> {
    const [value] = await this.#store.values({ gte: keyOf(blockNumber), lt: 'anchor;', limit: 1 }).all();
    return value === undefined ? undefined : decode(value);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

/** The answer of `hsk_getAnchor`: a hint that the client proves by itself. */
export function formatAnchor(entry: AnchorEntry): unknown {
  return {
    blockNumber: numberToHex(entry.blockNumber),
    outputRoot: entry.outputRoot,
    mainchainBlock: numberToHex(entry.mainchainBlock),
    mainchainTransaction: entry.mainchainTransaction,
  };
}

function keyOf(blockNumber: bigint): string {
  return `anchor:${blockNumber.toString().padStart(20, '0')}`;
}

function encode(entry: AnchorEntry): string {
  return JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function decode(value: string): AnchorEntry {
  const entry = JSON.parse(value) as Record<string, string>;
  return {
    blockNumber: BigInt(entry['blockNumber']!),
    outputRoot: entry['outputRoot'] as Hex,
    mainchainBlock: BigInt(entry['mainchainBlock']!),
    mainchainTransaction: entry['mainchainTransaction'] as Hex,
  };
}
