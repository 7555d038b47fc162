/**
 * What the client verified, kept between visits. Everything read back is parsed and re-checked: the store
 * saves time, it does not add trust. `profile` is the digest of the chain profile.
 */
export interface Store {
  get(table: Table, profile: string, key: string): Promise<unknown>;
  put(table: Table, profile: string, key: string, value: unknown): Promise<void>;
  /** Whether other tabs of the origin see what is put. */
  isShared(): Promise<boolean>;
}

/** `heads`: mainchain, execution and committee; `receipts`: final ones, by transaction hash. */
export type Table = 'heads' | 'receipts';

const TABLES: readonly Table[] = ['heads', 'receipts'];

/**
 * IndexedDB, without a library: two calls are all there is. Where it is denied (private windows, blocked storage) the
 * client works from memory.
 */
export function indexedDbStore(name = 'hsk-light-client'): Store {
  const memory = memoryStore();
  let opened: Promise<IDBDatabase | undefined> | undefined;
  const open = () => (opened ??= connect(name, () => (opened = undefined)).catch((): undefined => undefined));
  return {
    isShared: async () => (await open()) !== undefined,
    async get(table, profile, key) {
      const database = await open();
      if (!database) return memory.get(table, profile, key);
      return attempt(database, table, 'readonly', (records) => records.get([profile, key]));
    },
    async put(table, profile, key, value) {
      const database = await open();
      if (!database) return memory.put(table, profile, key, value);
      await attempt(database, table, 'readwrite', (records) => records.put(value, [profile, key]));
    },
  };
}

/** One request. A full disk, or one that fails, costs the next visit a cold start and nothing else. */
async function attempt<T>(
  database: IDBDatabase,
  table: Table,
  mode: IDBTransactionMode,
  request: (records: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  try {
    return await done(request(database.transaction(table, mode).objectStore(table)));
  } catch {
    return undefined;
  }
}

/** @throws where storage is denied */
async function connect(name: string, lost: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const table of TABLES) request.result.createObjectStore(table);
  };
  const database = await done(request);
  database.onclose = lost;
  return database;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB refused'));
  });
}

/** The same in memory. */
export function memoryStore(): Store {
  const records = new Map<string, unknown>();
  const path = (table: Table, profile: string, key: string) => `${table}/${profile}/${key}`;
  return {
    isShared: async () => false,
    get: async (table, profile, key) => records.get(path(table, profile, key)),
    put: async (table, profile, key, value) => {
      records.set(path(table, profile, key), structuredClone(value));
    },
  };
}
