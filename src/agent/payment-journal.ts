import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { isOpen, type PaymentState } from './payment.ts';

/** The agent's own record of its payments on one deployment. */
export interface PaymentJournal {
  get(id: Hex): Promise<PaymentState | undefined>;
  list(): Promise<PaymentState[]>;
  /** Those that are undecided, or paid and not yet handed out; however long the list has grown. */
  unsettled(budgetId?: string): Promise<PaymentState[]>;
  /** Durable when it resolves. @throws `AGENT_STORAGE` */
  put(payment: PaymentState): Promise<void>;
}

interface Entry {
  payment: PaymentState;
  /** Deployment and budget, only while unsettled: the index holds nothing else. */
  unsettled?: [string, string];
}

interface Schema extends DBSchema {
  payments: { key: [string, string]; value: Entry; indexes: { unsettled: [string, string] } };
}

/** IndexedDB. There is no falling back to memory: what could not be followed is not presented. */
export function indexedDbPaymentJournal(deployment: string, name = 'hsk-agent'): PaymentJournal {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const open = () => {
    opened ??= openDB<Schema>(name, 1, {
      upgrade: (database) =>
        void database.createObjectStore('payments').createIndex('unsettled', 'unsettled'),
      terminated: () => (opened = undefined),
    }).catch((cause: unknown) => {
      opened = undefined;
      throw unavailable(cause);
    });
    return opened;
  };
  const all = IDBKeyRange.bound([deployment, ''], [deployment, '\uffff']);
  const payments = (entries: Entry[]) => entries.map(({ payment }) => payment);
  return {
    get: async (id) => (await (await open()).get('payments', [deployment, id]))?.payment,
    list: async () => payments(await (await open()).getAll('payments', all)),
    async unsettled(budgetId) {
      const range = budgetId === undefined ? all : IDBKeyRange.only([deployment, budgetId]);
      return payments(await (await open()).getAllFromIndex('payments', 'unsettled', range));
    },
    async put(payment) {
      const entry: Entry = {
        payment,
        ...(isUnsettled(payment) && { unsettled: [deployment, payment.budgetId] }),
      };
      const transaction = (await open()).transaction('payments', 'readwrite', { durability: 'strict' });
      try {
        await Promise.all([transaction.store.put(entry, [deployment, payment.id]), transaction.done]);
      } catch (cause) {
        throw unavailable(cause);
      }
    },
  };
}

/** The same in memory; two agents given one journal see each other's payments. */
export function memoryPaymentJournal(): PaymentJournal {
  const payments = new Map<string, PaymentState>();
  const list = async () => structuredClone([...payments.values()]);
  return {
    get: async (id) => structuredClone(payments.get(id)),
    list,
    unsettled: async (budgetId) =>
      (await list()).filter(
        (payment) => isUnsettled(payment) && (budgetId === undefined || payment.budgetId === budgetId),
      ),
    put: async (payment) => void payments.set(payment.id, structuredClone(payment)),
  };
}

function isUnsettled(payment: PaymentState): boolean {
  return isOpen(payment) || (payment.status === 'paid' && !payment.delivered);
}

function unavailable(cause: unknown): HskError {
  return new HskError('AGENT_STORAGE', 'This browser does not let the agent keep its record', {
    action: 'Allow site data for this page; nothing is paid that could not be followed.',
    cause,
  });
}
