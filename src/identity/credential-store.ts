import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { parseCredential } from '../protocol/issuance.ts';
import type { Credential } from '../protocol/zkid.ts';

/**
 * Credentials of the person at this browser, and the parts of the issuer's tree in which they stand. `issuer`
 * names the issuer and the registry it posts to: another deployment at the same address is another issuer.
 */
export interface CredentialStore {
  get(issuer: string, commitment: string): Promise<Credential | undefined>;
  put(issuer: string, credential: Credential): Promise<void>;
  remove(issuer: string, commitment: string): Promise<void>;
  subtree(issuer: string, chunk: number): Promise<StoredSubtree | undefined>;
  putSubtree(issuer: string, chunk: number, subtree: StoredSubtree): Promise<void>;
}

export interface StoredSubtree {
  bytes: Uint8Array;
  /** Milliseconds since 1970. */
  fetchedAt: number;
}

interface Schema extends DBSchema {
  credentials: { key: [string, string]; value: Credential };
  subtrees: { key: [string, number]; value: StoredSubtree };
}

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
      terminated: () => (opened = undefined),
    }).catch(() => undefined));
  return {
    async get(issuer, commitment) {
      const database = await open();
      if (!database) return memory.get(issuer, commitment);
      return readCredential(await database.get('credentials', [issuer, commitment]));
    },
    async put(issuer, credential) {
      const database = await open();
      if (!database) return memory.put(issuer, credential);
      await database.put('credentials', credential, [issuer, credential.commitment]);
    },
    async remove(issuer, commitment) {
      const database = await open();
      if (!database) return memory.remove(issuer, commitment);
      await database.delete('credentials', [issuer, commitment]);
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
  const credentials = new Map<string, Credential>();
  const subtrees = new Map<string, StoredSubtree>();
  return {
    get: async (issuer, commitment) => credentials.get(`${issuer} ${commitment}`),
    put: async (issuer, credential) => void credentials.set(`${issuer} ${credential.commitment}`, credential),
    remove: async (issuer, commitment) => void credentials.delete(`${issuer} ${commitment}`),
    subtree: async (issuer, chunk) => subtrees.get(`${issuer} ${chunk}`),
    putSubtree: async (issuer, chunk, subtree) => void subtrees.set(`${issuer} ${chunk}`, subtree),
  };
}

/** What an older version wrote in another shape counts as not there: one applies again. */
function readCredential(value: unknown): Credential | undefined {
  if (value === undefined) return undefined;
  try {
    return parseCredential(value, 'credential');
  } catch {
    return undefined;
  }
}
