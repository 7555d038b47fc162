import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Address, Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { BlockRef } from '../protocol/trust.ts';

/**
 * What became of a transaction that was signed. `refused`: the endpoint turned it down and its nonce may be
 * used again; `replaced`: its nonce is proven to be used by another one.
 */
export type SentStatus = 'pending' | 'refused' | 'replaced' | 'success' | 'reverted';

/** A transaction this browser signed, kept before it is broadcast. */
export interface SentTransaction {
  /** Given by whoever sends: the same id is the same transaction. */
  id: string;
  hash: Hex;
  /** The signed bytes; only these are ever broadcast again. */
  raw: Hex;
  from: Address;
  to: Address;
  value: bigint;
  data: Hex;
  nonce: number;
  /** What it does, in the sender's words. */
  describe: string;
  /** Seconds since 1970. */
  sentAt: number;
  status: SentStatus;
  /** Once proven. */
  block?: BlockRef;
}

/** The wallet's own record of what it sent on one deployment. */
export interface Journal {
  find(id: string): Promise<SentTransaction | undefined>;
  list(): Promise<SentTransaction[]>;
  /** Durable when it resolves. @throws `JOURNAL_STORAGE` */
  put(entry: SentTransaction): Promise<void>;
}

interface Schema extends DBSchema {
  transactions: { key: [string, string]; value: SentTransaction };
}

export function indexedDbJournal(deployment: string, name = 'hsk-wallet'): Journal {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const open = () => {
    opened ??= openDB<Schema>(name, 1, {
      upgrade: (database) => void database.createObjectStore('transactions'),
      terminated: () => (opened = undefined),
    }).catch((cause: unknown) => {
      opened = undefined;
      throw new HskError('JOURNAL_STORAGE', 'This browser does not let the wallet keep its record', {
        action: 'Allow site data for this page; nothing is sent that could not be followed.',
        cause,
      });
    });
    return opened;
  };
  return {
    find: async (id) => (await open()).get('transactions', [deployment, id]),
    list: async () =>
      (await open()).getAll('transactions', IDBKeyRange.bound([deployment, ''], [deployment, '\uffff'])),
    async put(entry) {
      const transaction = (await open()).transaction('transactions', 'readwrite', { durability: 'strict' });
      await Promise.all([transaction.store.put(entry, [deployment, entry.id]), transaction.done]);
    },
  };
}

/** The same in memory. */
export function memoryJournal(): Journal {
  const entries = new Map<string, SentTransaction>();
  return {
    find: async (id) => structuredClone(entries.get(id)),
    list: async () => structuredClone([...entries.values()]),
    put: async (entry) => void entries.set(entry.id, structuredClone(entry)),
  };
}
