import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { HskError } from '../protocol/errors.ts';
import type { PaymentState } from './payment.ts';

/** The agent's own record of its payments on one deployment. */
export interface PaymentJournal {
  list(): Promise<PaymentState[]>;
  /** Durable when it resolves. @throws `AGENT_STORAGE` */
  put(payment: PaymentState): Promise<void>;
}

interface Schema extends DBSchema {
  payments: { key: [string, string]; value: PaymentState };
}

/** IndexedDB. There is no falling back to memory: what could not be followed is not presented. */
export function indexedDbPaymentJournal(deployment: string, name = 'hsk-agent'): PaymentJournal {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const open = () => {
    opened ??= openDB<Schema>(name, 1, {
      upgrade: (database) => void database.createObjectStore('payments'),
      terminated: () => (opened = undefined),
    }).catch((cause: unknown) => {
      opened = undefined;
      throw unavailable(cause);
    });
    return opened;
  };
  return {
    list: async () =>
      (await open()).getAll('payments', IDBKeyRange.bound([deployment, ''], [deployment, '\uffff'])),
    async put(payment) {
      const transaction = (await open()).transaction('payments', 'readwrite', { durability: 'strict' });
      try {
        await Promise.all([transaction.store.put(payment, [deployment, payment.id]), transaction.done]);
      } catch (cause) {
        throw unavailable(cause);
      }
    },
  };
}

/** The same in memory; two agents given one journal see each other's payments. */
export function memoryPaymentJournal(): PaymentJournal {
  const payments = new Map<string, PaymentState>();
  return {
    list: async () => structuredClone([...payments.values()]),
    put: async (payment) => void payments.set(payment.id, structuredClone(payment)),
  };
}

function unavailable(cause: unknown): HskError {
  return new HskError('AGENT_STORAGE', 'This browser does not let the agent keep its record', {
    action: 'Allow site data for this page; nothing is paid that could not be followed.',
    cause,
  });
}
