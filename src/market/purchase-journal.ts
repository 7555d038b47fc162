import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Address, Hex } from 'viem';
import type { Fill } from './purchase-machine.ts';

/** A signed fill on its way, or a call of `admit`. One of each at a time for a product and buyer. */
export type JournalEntry =
  | { kind: 'fill'; token: Address; buyer: Address; fill: Fill }
  | { kind: 'admission'; token: Address; buyer: Address; calldata: Hex };

interface Schema extends DBSchema {
  entries: { key: string; value: JournalEntry };
}

/**
 * What was signed and not yet decided, on disk before it is sent: after a reload or a crash the same
 * authorisation goes on, never a second one.
 */
export class PurchaseJournal {
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  /** @param chainId of the execution chain; @param settlement contract: another deployment, another journal */
  constructor(
    private readonly chainId: number,
    private readonly settlement: Address,
  ) {}

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(`hsk-purchase-${this.chainId}-${this.settlement}`, 1, {
      upgrade: (database) => void database.createObjectStore('entries'),
      // Another page deletes or upgrades it: never stand in the way.
      blocking: () => this.close(),
    });
    return this.#database;
  }

  /** Lets go of the database; the next call opens it again. */
  close(): void {
    void this.#database?.then((database) => database.close());
    this.#database = undefined;
  }

  #key({ kind, token, buyer }: Pick<JournalEntry, 'kind' | 'token' | 'buyer'>): string {
    return `${kind} ${token} ${buyer.toLowerCase()}`;
  }

  /** Resolves when the browser has committed it. */
  async write(entry: JournalEntry): Promise<void> {
    const transaction = (await this.#open()).transaction('entries', 'readwrite', { durability: 'strict' });
    await transaction.store.put(entry, this.#key(entry));
    await transaction.done;
  }

  async remove(entry: Pick<JournalEntry, 'kind' | 'token' | 'buyer'>): Promise<void> {
    await (await this.#open()).delete('entries', this.#key(entry));
  }

  /** The open entry of a kind for a product; of that buyer where one is given. */
  async find<K extends JournalEntry['kind']>(
    kind: K,
    token: Address,
    buyer?: Address,
  ): Promise<Extract<JournalEntry, { kind: K }> | undefined> {
    const all = await (await this.#open()).getAll('entries');
    return all.find(
      (entry): entry is Extract<JournalEntry, { kind: K }> =>
        entry.kind === kind &&
        entry.token === token &&
        (buyer === undefined || entry.buyer.toLowerCase() === buyer.toLowerCase()),
    );
  }
}
