import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { HskError } from '../../protocol/errors.ts';

/** Where the vault keeps its records. Everything secret in them is sealed before it comes here. */
export interface VaultStore {
  get(key: string): Promise<unknown>;
  /** Keys that begin with `prefix`, in order. */
  keys(prefix: string): Promise<string[]>;
  /** All or nothing; durable when it resolves. */
  write(entries: readonly [key: string, value: unknown][]): Promise<void>;
  clear(): Promise<void>;
}

interface Schema extends DBSchema {
  records: { key: string; value: unknown };
}

/** IndexedDB. Unlike a cache, a vault never falls back to memory: what cannot be kept is not promised. */
export function indexedDbVaultStore(name = 'hsk-vault'): VaultStore {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const open = () => {
    opened ??= openDB<Schema>(name, 1, {
      upgrade: (database) => void database.createObjectStore('records'),
      terminated: () => (opened = undefined),
    }).catch((cause: unknown) => {
      opened = undefined;
      throw unavailable(cause);
    });
    return opened;
  };
  return {
    get: async (key) => (await open()).get('records', key),
    async keys(prefix) {
      return (await open()).getAllKeys('records', IDBKeyRange.bound(prefix, `${prefix}\uffff`));
    },
    async write(entries) {
      const transaction = (await open()).transaction('records', 'readwrite', { durability: 'strict' });
      try {
        await Promise.all([
          ...entries.map(([key, value]) => transaction.store.put(value, key)),
          transaction.done,
        ]);
      } catch (cause) {
        throw unavailable(cause);
      }
    },
    clear: async () => (await open()).clear('records'),
  };
}

/** The same in memory; two vaults given one store see each other's records. */
export function memoryVaultStore(): VaultStore {
  const records = new Map<string, unknown>();
  return {
    get: async (key) => structuredClone(records.get(key)),
    keys: async (prefix) => [...records.keys()].filter((key) => key.startsWith(prefix)).toSorted(),
    async write(entries) {
      for (const [key, value] of structuredClone(entries)) records.set(key, value);
    },
    clear: async () => records.clear(),
  };
}

function unavailable(cause: unknown): HskError {
  return new HskError('VAULT_STORAGE', 'This browser does not let the wallet keep its vault', {
    details: cause instanceof Error ? cause.message : String(cause),
    action: 'Allow site data for this page, free some disk space or leave the private window.',
    cause,
  });
}
