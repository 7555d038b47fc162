import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Hex } from 'viem';

/**
 * What the holder at this browser keeps: credentials and open applications under the wallet's seal, and the parts of
 * the issuers' trees, which everybody may see. `issuer` names the issuer and the registry it posts to: another
 * deployment at the same address is another issuer.
 */
export interface CredentialStore {
  /** A sealed record; something else where an older version left a credential in the clear. */
  get(table: SealedTable, issuer: string, commitment: string): Promise<unknown>;
  put(table: SealedTable, issuer: string, commitment: string, sealed: Hex): Promise<void>;
  remove(table: SealedTable, issuer: string, commitment: string): Promise<void>;
  subtree(issuer: string, chunk: number): Promise<StoredSubtree | undefined>;
  putSubtree(issuer: string, chunk: number, subtree: StoredSubtree): Promise<void>;
}

export type SealedTable = 'credential' | 'application';

export interface StoredSubtree {
  bytes: Uint8Array;
  /** Milliseconds since 1970. */
  fetchedAt: number;
}

interface Schema extends DBSchema {
  /** Open applications stand here as well: a page of an older version may hold the database open as it is. */
  credentials: { key: [string, string]; value: unknown };
  subtrees: { key: [string, number]; value: StoredSubtree };
}

const placeOf = (table: SealedTable, issuer: string) =>
  table === 'credential' ? issuer : `${table} ${issuer}`;

/** IndexedDB. Where it is denied the credential lasts as long as the page. */
export function indexedDbCredentials(name = 'hsk-identity'): CredentialStore {
  const memory = memoryCredentials();
  let opened: Promise<IDBPDatabase<Schema> | undefined> | undefined;
  const open = () =>
    (opened ??= openDB<Schema>(name, 1, {
      upgrade(database) {
        database.createObjectStore('credentials');
        database.createObjectStore('subtrees');
      },
      // Another page deletes it: never stand in the way.
      blocking: (_current, _blocked, event) => {
        opened = undefined;
        (event.target as IDBDatabase).close();
      },
      terminated: () => (opened = undefined),
    }).catch(() => undefined));
  return {
    async get(table, issuer, commitment) {
      const database = await open();
      if (!database) return memory.get(table, issuer, commitment);
      return database.get('credentials', [placeOf(table, issuer), commitment]);
    },
    async put(table, issuer, commitment, sealed) {
      const database = await open();
      if (!database) return memory.put(table, issuer, commitment, sealed);
      const transaction = database.transaction('credentials', 'readwrite', { durability: 'strict' });
      await transaction.store.put(sealed, [placeOf(table, issuer), commitment]);
      await transaction.done;
    },
    async remove(table, issuer, commitment) {
      const database = await open();
      if (!database) return memory.remove(table, issuer, commitment);
      await database.delete('credentials', [placeOf(table, issuer), commitment]);
    },
    async subtree(issuer, chunk) {
      const database = await open();
      if (!database) return memory.subtree(issuer, chunk);
      return database.get('subtrees', [issuer, chunk]).catch(() => undefined);
    },
    async putSubtree(issuer, chunk, subtree) {
      const database = await open();
      if (!database) return memory.putSubtree(issuer, chunk, subtree);
      // A full disk costs another download, nothing else.
      await database.put('subtrees', subtree, [issuer, chunk]).catch(() => undefined);
    },
  };
}

/** The same in memory. */
export function memoryCredentials(): CredentialStore {
  const sealed = new Map<string, unknown>();
  const subtrees = new Map<string, StoredSubtree>();
  const key = (table: SealedTable, issuer: string, commitment: string) =>
    `${placeOf(table, issuer)} ${commitment}`;
  return {
    get: async (...place) => sealed.get(key(...place)),
    put: async (table, issuer, commitment, record) => void sealed.set(key(table, issuer, commitment), record),
    remove: async (...place) => void sealed.delete(key(...place)),
    subtree: async (issuer, chunk) => subtrees.get(`${issuer} ${chunk}`),
    putSubtree: async (issuer, chunk, subtree) => void subtrees.set(`${issuer} ${chunk}`, subtree),
  };
}
