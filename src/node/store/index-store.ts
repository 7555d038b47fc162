import { ClassicLevel } from 'classic-level';
import { HskError } from '../../protocol/errors.ts';
import { innermost, writeFailed } from './write-failed.ts';

type Value = Uint8Array | null;

/** Generation size of the read cache; two generations are kept. */
const CACHE_ENTRIES = 60_000;

/**
 * Keys and values that can be rebuilt from the log: trie nodes, code, and the index of blocks. Writes
 * stay in memory until `flush` puts them into the database in one atomic batch, together with a marker
 * that says how far the log is covered. Keys are Latin-1 strings: one character a byte.
 */
export class IndexStore {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;
  #pending = new Map<string, Value>();
  #flushing = new Map<string, Value>();
  #young = new Map<string, Uint8Array>();
  #old = new Map<string, Uint8Array>();
  #flush: Promise<void> | undefined;
  /** After a failed batch nothing later may be written: its marker would cover what is missing. */
  #failure: unknown;

  private constructor(level: ClassicLevel<Uint8Array, Uint8Array>) {
    this.#level = level;
  }

  /** @throws `STORE_LOCKED` when another process has the directory open. */
  static async open(path: string): Promise<IndexStore> {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(path, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: 32 << 20,
      writeBufferSize: 16 << 20,
    });
    try {
      await level.open();
    } catch (cause) {
      const locked = String((cause as { cause?: { code?: string } }).cause?.code) === 'LEVEL_LOCKED';
      throw locked
        ? new HskError('STORE_LOCKED', 'Another process uses this data directory', {
            details: path,
            action: 'Stop the other node, or choose another directory.',
            cause,
          })
        : new HskError('STORE_OPEN_FAILED', 'The database cannot be opened', {
            details: `${path}: ${innermost(cause)}`,
            action: 'Free disk space, or look at the rights of the directory, then start again.',
            cause,
          });
    }
    return new IndexStore(level);
  }

  get(key: string): Uint8Array | undefined {
    const fresh = this.#pending.get(key) ?? this.#flushing.get(key);
    if (fresh !== undefined) return fresh ?? undefined;
    if (this.#pending.has(key) || this.#flushing.has(key)) return undefined;
    const cached = this.#young.get(key);
    if (cached) return cached;
    const value = this.#old.get(key) ?? this.#level.getSync(Buffer.from(key, 'latin1'));
    if (value) this.#remember(key, value);
    return value;
  }

  put(key: string, value: Uint8Array): void {
    this.#pending.set(key, value);
  }

  delete(key: string): void {
    this.#pending.set(key, null);
  }

  /** How many writes wait for the next batch. */
  get backlog(): number {
    return this.#pending.size + this.#flushing.size;
  }

  /**
   * Writes what is pending and `mark` in one batch. A second call during the first waits for it.
   * @throws `STORE_WRITE_FAILED`, and for good: the log has everything, the next start replays it
   */
  async flush(mark: () => [key: string, value: Uint8Array]): Promise<void> {
    while (this.#flush) await this.#flush.catch(() => undefined);
    if (this.#failure !== undefined) throw this.#failure;
    const [key, value] = mark();
    this.#pending.set(key, value);
    this.#flushing = this.#pending;
    this.#pending = new Map();
    this.#flush = this.#write();
    try {
      await this.#flush;
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#flush = undefined;
    }
  }

  async #write(): Promise<void> {
    const batch = [...this.#flushing].map(([key, value]) =>
      value === null
        ? ({ type: 'del', key: Buffer.from(key, 'latin1') } as const)
        : ({ type: 'put', key: Buffer.from(key, 'latin1'), value } as const),
    );
    try {
      await this.#level.batch(batch);
    } catch (cause) {
      throw writeFailed('The database cannot be written', cause);
    }
    for (const [key, value] of this.#flushing) if (value) this.#remember(key, value);
    this.#flushing = new Map();
  }

  /** Every entry whose key begins with `prefix`; only for start-up, when nothing is pending. */
  async entries(prefix: string): Promise<[key: string, value: Uint8Array][]> {
    const last = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    const found: [string, Uint8Array][] = [];
    const range = { gte: Buffer.from(prefix, 'latin1'), lt: Buffer.from(last, 'latin1') };
    for await (const [key, value] of this.#level.iterator(range))
      found.push([Buffer.from(key).toString('latin1'), Uint8Array.from(value)]);
    return found;
  }

  async close(): Promise<void> {
    while (this.#flush) await this.#flush.catch(() => undefined);
    await this.#level.close();
  }

  #remember(key: string, value: Uint8Array): void {
    if (this.#young.size >= CACHE_ENTRIES) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
