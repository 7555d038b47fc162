import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hex } from 'viem';

import { type BlockRecord, decodeBlockRecord, encodeBlockRecord } from '../chain/block-record.ts';
import { AppendLog, syncDirectory } from './append-log.ts';
import { IndexStore } from './index-store.ts';

/** What a frame of the log holds; its first byte. */
const GENESIS = 0;
const TRANSACTION = 1;
const BLOCK = 2;

/** Keys of the index; each begins with its own letter. Trie nodes and code are under `n`. */
const MARKER = 'm';
const blockKey = (number: number) => `b${number.toString(16).padStart(12, '0')}`;
const hashKey = (hash: Hex) => `h${latin1(hash)}`;
const transactionKey = (hash: Hex) => `t${latin1(hash)}`;
const pendingKey = (hash: Hex) => `p${latin1(hash)}`;

const RECENT_BLOCKS = 512;

/** What the log holds beyond the index. */
export type Replayed =
  | { kind: 'transaction'; raw: Uint8Array; end: number }
  | { kind: 'block'; block: BlockRecord; offset: number; end: number };

/** Writes that may wait for the index; what they hold is in memory only, beside the log. */
const MOST_UNWRITTEN = 400_000;

/**
 * One chain on disk. The log (`chain.log`) is the truth: genesis, every acknowledged transaction, every
 * block. The index (`index/`) is written behind in atomic batches and can lag; what lags is replayed.
 */
export class ChainStore {
  readonly index: IndexStore;
  readonly #log: AppendLog;
  /** Up to here the log is durable and reflected in the index or in what is pending for it. */
  #covered: number;
  /** The newest block below `#covered`; -1 without one. Both go into the marker, so they move together. */
  #head: number;
  readonly #recent = new Map<number, BlockRecord>();

  /** The genesis document, if the chain exists. */
  readonly genesis: Uint8Array | undefined;
  /** Blocks that the chain must apply before anything new is written. */
  readonly lagging: number;
  /** Where the frames begin that the index does not cover; what they hold is read when its turn comes. */
  #lag: number[];
  /** Highest block of the index; -1 without one. */
  readonly indexedHead: number;

  private constructor(
    index: IndexStore,
    log: AppendLog,
    state: {
      genesis: Uint8Array | undefined;
      lag: number[];
      lagging: number;
      covered: number;
      indexedHead: number;
    },
  ) {
    this.index = index;
    this.#log = log;
    this.genesis = state.genesis;
    this.#lag = state.lag;
    this.lagging = state.lagging;
    this.indexedHead = state.indexedHead;
    this.#covered = state.covered;
    this.#head = state.indexedHead;
  }

  /** @throws `STORE_LOCKED`, `STORE_LOG_CORRUPT`. */
  static async open(directory: string): Promise<ChainStore> {
    if (mkdirSync(directory, { recursive: true }) !== undefined) syncDirectory(dirname(directory));
    const index = await IndexStore.open(join(directory, 'index'));
    try {
      const marker = index.get(MARKER);
      const covered = marker ? readNumber(marker, 0) : 0;
      const indexedHead = marker ? readNumber(marker, 8) : -1;
      let genesis: Uint8Array | undefined;
      const lag: number[] = [];
      let lagging = 0;
      const log = AppendLog.open(join(directory, 'chain.log'), covered, (payload, offset) => {
        if (payload[0] === GENESIS) genesis = payload.slice(1);
        else lag.push(offset);
        if (payload[0] === BLOCK) lagging++;
      });
      if (covered > 0) genesis = log.read(0).subarray(1);
      return new ChainStore(index, log, { genesis, lag, lagging, covered, indexedHead });
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** Bytes of the log. */
  get size(): number {
    return this.#log.end;
  }

  async writeGenesis(document: Uint8Array): Promise<void> {
    await this.#log.append(frame(GENESIS, document));
  }

  /** Resolves when the transaction is durable. */
  async writeTransaction(hash: Hex, raw: Uint8Array): Promise<void> {
    const { end } = await this.#log.append(frame(TRANSACTION, raw));
    this.#keepPending(hash, raw);
    this.#covered = end;
  }

  /** Resolves when the block is durable; only then may anybody see it. Its state is in the index by now. */
  async writeBlock(block: BlockRecord): Promise<void> {
    const { offset, end } = await this.#log.append(frame(BLOCK, encodeBlockRecord(block)));
    this.#indexBlock(block, offset);
    this.#covered = end;
    this.#head = Number(block.header.number);
  }

  /** What the log holds beyond the index, in its order, one at a time: a long log never lies in memory. */
  *replay(): Generator<Replayed> {
    for (const offset of this.#lag) {
      const payload = this.#log.read(offset);
      const end = this.#log.endOf(offset, payload);
      const body = payload.subarray(1);
      if (payload[0] === TRANSACTION) yield { kind: 'transaction', raw: body, end };
      else if (payload[0] === BLOCK) yield { kind: 'block', block: decodeBlockRecord(body), offset, end };
    }
    this.#lag = [];
  }

  /** Waits for the index when it has fallen far behind; its disk sets the pace then, not the memory. */
  async keepUp(): Promise<void> {
    if (this.index.backlog > MOST_UNWRITTEN) await this.flush();
  }

  /** Takes note that the chain has applied `item`; items are applied in order. */
  applied(item: Replayed, hash: Hex): void {
    if (item.kind === 'block') {
      this.#indexBlock(item.block, item.offset);
      this.#head = Number(item.block.header.number);
    } else this.#keepPending(hash, item.raw);
    this.#covered = item.end;
  }

  /** Puts the block into the index, and takes its transactions from the pending ones. */
  #indexBlock(block: BlockRecord, offset: number): void {
    const number = Number(block.header.number);
    this.index.put(blockKey(number), numbers(offset));
    this.index.put(hashKey(block.hash), numbers(number));
    block.transactionHashes.forEach((hash, position) => {
      this.index.put(transactionKey(hash), numbers(number, position));
      this.index.delete(pendingKey(hash));
    });
    this.#remember(block);
  }

  #keepPending(hash: Hex, raw: Uint8Array): void {
    this.index.put(pendingKey(hash), raw);
  }

  /** The transaction left the pool without a block. */
  dropPending(hash: Hex): void {
    this.index.delete(pendingKey(hash));
  }

  /** Raw transactions of the index that no block holds. */
  async pending(): Promise<Uint8Array[]> {
    return (await this.index.entries('p')).map(([, raw]) => raw);
  }

  /** Writes the index behind: everything pending, and how far it reaches, in one batch. */
  async flush(): Promise<void> {
    await this.index.flush(() => [MARKER, numbers(this.#covered, this.#head)]);
  }

  block(number: number): BlockRecord | undefined {
    const recent = this.#recent.get(number);
    if (recent) return recent;
    const offset = this.index.get(blockKey(number));
    if (!offset) return undefined;
    const block = decodeBlockRecord(this.#log.read(readNumber(offset, 0)).subarray(1));
    this.#remember(block);
    return block;
  }

  blockNumber(hash: Hex): number | undefined {
    const number = this.index.get(hashKey(hash));
    return number && readNumber(number, 0);
  }

  transaction(hash: Hex): { blockNumber: number; index: number } | undefined {
    const entry = this.index.get(transactionKey(hash));
    return entry && { blockNumber: readNumber(entry, 0), index: readNumber(entry, 8) };
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.index.close();
  }

  #remember(block: BlockRecord): void {
    this.#recent.set(Number(block.header.number), block);
    if (this.#recent.size > RECENT_BLOCKS) this.#recent.delete(this.#recent.keys().next().value!);
  }
}

function frame(kind: number, body: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + body.length);
  payload[0] = kind;
  payload.set(body, 1);
  return payload;
}

function latin1(hash: Hex): string {
  return Buffer.from(hash.slice(2), 'hex').toString('latin1');
}

/** Each number in 8 bytes, big-endian. */
function numbers(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, position) => bytes.writeBigInt64BE(BigInt(value), 8 * position));
  return bytes;
}

function readNumber(bytes: Uint8Array, position: number): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigInt64BE(position));
}
