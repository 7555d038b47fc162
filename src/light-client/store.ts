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

const TABLES: readonly Table[] = ['heads', 'receipts'];

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB refused'));
  });
}

/** IndexedDB. Where it is denied (private windows, blocked storage) the client works from memory. */
export function indexedDbStore(name = 'hsk-light-client'): Store {
  const memory = memoryStore();
  let opened: Promise<IDBDatabase | undefined> | undefined;
  const open = async (): Promise<IDBDatabase> => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const table of TABLES) request.result.createObjectStore(table);
    };
    const database = await settled(request);
    database.onclose = () => (opened = undefined);
    return database;
  };
  const database = () => (opened ??= open().catch(() => undefined));
  return {
    async get(table, profile, key) {
      const kept = await database();
      if (!kept) return memory.get(table, profile, key);
      try {
        return await settled<unknown>(kept.transaction(table).objectStore(table).get([profile, key]));
      } catch {
        return undefined;
      }
    },
    async put(table, profile, key, value) {
      const kept = await database();
      if (!kept) return memory.put(table, profile, key, value);
      try {
        const transaction = kept.transaction(table, 'readwrite');
        const done = new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve();
          transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB aborted'));
        });
        transaction.objectStore(table).put(value, [profile, key]);
        await done;
      } catch {
        // A full disk costs the next visit a cold start, nothing else.
      }
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
