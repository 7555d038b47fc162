import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/**
 * What the client verified, kept between visits. Everything read back is parsed and re-checked: the store
 * saves time, it does not add trust. `profile` is the digest of the chain profile.
 */
export interface Store {
  get(table: Table, profile: string, key: string): Promise<unknown>;
  put(table: Table, profile: string, key: string, value: unknown): Promise<void>;
}

/** `heads`: mainchain, execution and committee; `receipts`: final ones, by transaction hash. */
export type Table = 'heads' | 'receipts';

interface Schema extends DBSchema {
  heads: { key: [string, string]; value: unknown };
  receipts: { key: [string, string]; value: unknown };
}

/** IndexedDB. Where it is denied (private windows, blocked storage) the client works from memory. */
export function indexedDbStore(name = 'hsk-light-client'): Store {
  const memory = memoryStore();
  let opened: Promise<IDBPDatabase<Schema> | undefined> | undefined;
  const open = () =>
    (opened ??= openDB<Schema>(name, 1, {
      upgrade(database) {
        database.createObjectStore('heads');
        database.createObjectStore('receipts');
      },
      terminated: () => (opened = undefined),
    }).catch(() => undefined));
  return {
    async get(table, profile, key) {
      const database = await open();
      if (!database) return memory.get(table, profile, key);
      return database.get(table, [profile, key]).catch(() => undefined);
    },
    async put(table, profile, key, value) {
      const database = await open();
      if (!database) return memory.put(table, profile, key, value);
      // A full disk costs the next visit a cold start, nothing else.
      await database.put(table, value, [profile, key]).catch(() => undefined);
    },
  };
}

/** The same in memory. */
export function memoryStore(): Store {
  const records = new Map<string, unknown>();
  const path = (table: Table, profile: string, key: string) => `${table}/${profile}/${key}`;
  return {
    get: async (table, profile, key) => records.get(path(table, profile, key)),
    put: async (table, profile, key, value) => {
      records.set(path(table, profile, key), structuredClone(value));
    },
  };
}
