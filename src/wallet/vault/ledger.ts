import type { Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import type { Budget } from '../vault-api.ts';
import type { JournalledPayment } from './budget-rules.ts';
import { type Sealed, seal, unseal } from './seal.ts';
import type { VaultStore } from './vault-store.ts';

/** A budget and how often it was written. */
interface LedgerEntry {
  budget: Budget;
  /** Grows by one with every write; an older record put back in its place is noticed. */
  revision: number;
}

const PREFIX = 'budget/';
const budgetKey = (id: string) => `${PREFIX}${id}`;
const paymentKey = (id: string, nonce: Hex) => `payment/${id}/${nonce.toLowerCase()}`;

/**
 * Budgets and signed payments, each record sealed with a key that only the open vault has, under its own
 * place as context. Callers hold the ledger's lock.
 */
export class Ledger {
  readonly #revisions = new Map<string, number>();

  constructor(
    private readonly store: VaultStore,
    private readonly key: CryptoKey,
  ) {}

  async budgets(): Promise<Budget[]> {
    const keys = await this.store.keys(PREFIX);
    const entries = await Promise.all(keys.map((key) => this.#budget(key.slice(PREFIX.length))));
    return entries.map(({ budget }) => budget).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws `BUDGET_UNKNOWN`, `LEDGER_TAMPERED` */
  async budget(id: string): Promise<Budget> {
    return (await this.#budget(id)).budget;
  }

  async payment(budgetId: string, nonce: Hex): Promise<JournalledPayment | undefined> {
    const key = paymentKey(budgetId, nonce);
    const record = await this.store.get(key);
    return record === undefined ? undefined : this.#open<JournalledPayment>(record, key);
  }

  /** Writes a budget, and the payment that changed it, in one step. */
  async put(budget: Budget, payment?: JournalledPayment): Promise<void> {
    const revision = (this.#revisions.get(budget.id) ?? 0) + 1;
    const entries: [string, unknown][] = [
      [
        budgetKey(budget.id),
        await this.#seal({ budget, revision } satisfies LedgerEntry, budgetKey(budget.id)),
      ],
    ];
    if (payment) {
      const key = paymentKey(budget.id, payment.payment.nonce);
      entries.push([key, await this.#seal(payment, key)]);
    }
    await this.store.write(entries);
    this.#revisions.set(budget.id, revision);
  }

  async #budget(id: string): Promise<LedgerEntry> {
    const key = budgetKey(id);
    const record = await this.store.get(key);
    const seen = this.#revisions.get(id) ?? 0;
    if (record === undefined) {
      if (seen > 0) throw tampered('a budget has disappeared');
      throw new HskError('BUDGET_UNKNOWN', 'There is no such budget', { details: id });
    }
    const entry = await this.#open<LedgerEntry>(record, key);
    // Somebody with access to the page's storage can put an older, rightly sealed record back.
    if (entry.revision < seen) throw tampered('an older state of a budget was put back');
    this.#revisions.set(id, entry.revision);
    return entry;
  }

  async #seal(value: unknown, key: string): Promise<Sealed> {
    return seal(this.key, new TextEncoder().encode(stringify(value)), key);
  }

  async #open<T>(record: unknown, key: string): Promise<T> {
    try {
      // What opens under our own key was written by this class.
      return parse(new TextDecoder().decode(await unseal(this.key, record as Sealed, key))) as T;
    } catch (cause) {
      throw tampered('a record does not open', cause);
    }
  }
}

/** JSON with bigints as `{"$n": "decimal"}`. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'bigint' ? { $n: entry.toString() } : entry,
  );
}

export function parse(text: string): unknown {
  return JSON.parse(text, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && '$n' in entry ? BigInt(String(entry.$n)) : entry,
  );
}

function tampered(details: string, cause?: unknown): HskError {
  return new HskError('LEDGER_TAMPERED', 'The record of your budgets has been changed from outside', {
    details,
    action: 'Stop the agents and move what their accounts hold back to your wallet.',
    cause,
  });
}
