import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Hex } from 'viem';

/** Bytes of an artefact by their sha256, whole or the beginning of a download that was cut off. */
export interface ArtefactStore {
  get(sha256: Hex): Promise<Uint8Array | undefined>;
  put(sha256: Hex, bytes: Uint8Array): Promise<void>;
  partial(sha256: Hex): Promise<Uint8Array | undefined>;
  putPartial(sha256: Hex, bytes: Uint8Array | undefined): Promise<void>;
}

interface Schema extends DBSchema {
  whole: { key: Hex; value: Uint8Array };
  partial: { key: Hex; value: Uint8Array };
}

/** IndexedDB. Where it is denied or full, artefacts are fetched again on the next visit. */
export function indexedDbArtefacts(name = 'hsk-artefacts'): ArtefactStore {
  let opened: Promise<IDBPDatabase<Schema> | undefined> | undefined;
  const open = () =>
    (opened ??= openDB<Schema>(name, 1, {
      upgrade(database) {
        database.createObjectStore('whole');
        database.createObjectStore('partial');
      },
      terminated: () => (opened = undefined),
    }).catch(() => undefined));
  const read = async (table: 'whole' | 'partial', key: Hex) =>
    (await open())?.get(table, key).catch(() => undefined);
  return {
    get: (sha256) => read('whole', sha256),
    partial: (sha256) => read('partial', sha256),
    async put(sha256, bytes) {
      const database = await open();
      await database?.put('whole', bytes, sha256).catch(() => undefined);
      await database?.delete('partial', sha256).catch(() => undefined);
    },
    async putPartial(sha256, bytes) {
      const database = await open();
      if (bytes) await database?.put('partial', bytes, sha256).catch(() => undefined);
      else await database?.delete('partial', sha256).catch(() => undefined);
    },
  };
}

/** The same in memory. */
export function memoryArtefacts(): ArtefactStore {
  const whole = new Map<Hex, Uint8Array>();
  const partial = new Map<Hex, Uint8Array>();
  return {
    get: async (sha256) => whole.get(sha256),
    partial: async (sha256) => partial.get(sha256),
    async put(sha256, bytes) {
      whole.set(sha256, bytes);
      partial.delete(sha256);
    },
    async putPartial(sha256, bytes) {
      if (bytes) partial.set(sha256, bytes);
      else partial.delete(sha256);
    },
  };
}
