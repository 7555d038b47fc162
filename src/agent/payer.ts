import { type Hex, zeroAddress } from 'viem';
import { readCash } from '../market/holdings.ts';
import { HskError, serializeError, toHskError } from '../protocol/errors.ts';
import { atLeast } from '../protocol/trust.ts';
import type { Budget, VaultApi } from '../wallet/vault-api.ts';
import type { Locks } from '../wallet/vault/locks.ts';
import type { CatalogueEntry } from './agent-api.ts';
import { LivePayment } from './live-payment.ts';
import { askResource, isSuccess, type MerchantAnswer, toResponse } from './merchant-answer.ts';
import { isOpen, type OpenPayment, type PaymentState, type TransferProof } from './payment.ts';
import type { PaymentJournal } from './payment-journal.ts';
import { freshNonce, planPayment, sealPayment } from './seal-payment.ts';
import { proveTransfer, redeem, settlePayment, type SettleParts } from './settle-payment.ts';
import { chooseTerms, readPaymentRequired } from './terms.ts';

export interface PayerParts extends SettleParts {
  vault: Pick<VaultApi, 'budgets' | 'signPayment' | 'releasePayment'>;
  journal: PaymentJournal;
  locks: Locks;
  /** Prefix of the names of locks. */
  scope: string;
  onChange: () => void;
}

export interface Order {
  budgetId: string;
  url: string;
  title?: string | undefined;
  /** What the catalogue says of the resource, if it was read. */
  entry?: CatalogueEntry | undefined;
  signal?: AbortSignal | undefined;
}

/** A payment whose transfer is proven. */
type Moved = Extract<PaymentState, { status: 'paid' | 'failed' }> & { proof: TransferProof };
/** Proven payments whose rung is raised at a time, and the least milliseconds between. */
const RAISED = { most: 20, every: 2500 };

/**
 * Buys resources from budgets. One lock per budget and resource, held in all tabs: while a payment for it is
 * undecided no other one is begun.
 */
export class Payer {
  readonly #live = new Set<LivePayment>();
  readonly #closing = new AbortController();
  /** Payments whose evidence this light client can write. */
  readonly #proven = new Set<Hex>();
  #raisedAt = 0;

  constructor(private readonly parts: PayerParts) {}

  /** Newest first; with requests that have signed nothing yet. */
  async payments(budgetId?: string): Promise<PaymentState[]> {
    const states = new Map((await this.parts.journal.list()).map((state) => [state.id, state]));
    for (const { state } of this.#live) states.set(state.id, state);
    return [...states.values()]
      .filter((state) => budgetId === undefined || state.budgetId === budgetId)
      .toSorted((a, b) => b.startedAt - a.startedAt);
  }

  /** Payments whose money may still move, or may have. */
  async undecided(budgetId?: string): Promise<OpenPayment[]> {
    return (await this.parts.journal.unsettled(budgetId)).filter(isOpen);
  }

  /** See `AgentApi.fetch`. */
  fetch(order: Order): Promise<Response> {
    const { signal: asked } = order;
    const signal = asked ? AbortSignal.any([asked, this.#closing.signal]) : this.#closing.signal;
    return this.#exclusive(order, async () => {
      signal.throwIfAborted();
      const answer = (await this.#takeUp(order, signal)) ?? (await this.#begin(order, signal));
      return toResponse(answer);
    }).finally(() => {
      // Who no longer waits leaves a payment whose outcome still has to be learnt.
      if (asked?.aborted) this.resume(order.budgetId).catch(() => undefined);
    });
  }

  /** Follows what is undecided to its end; one that fails does not keep the others. */
  async resume(budgetId?: string): Promise<void> {
    await Promise.allSettled(
      (await this.undecided(budgetId)).map((state) =>
        this.#exclusive(state, async () => {
          const now = await this.parts.journal.get(state.id);
          if (now && isOpen(now)) await this.#settle(this.#follow(now), this.#closing.signal);
        }),
      ),
    );
  }

  /** Reads proven transfers again, so that their rung rises and their evidence can be opened after a reload. */
  async raise(): Promise<void> {
    const { journal, now } = this.parts;
    if (now() - this.#raisedAt < RAISED.every) return;
    this.#raisedAt = now();
    const low = (await this.payments()).filter(
      (state): state is Moved =>
        'proof' in state &&
        state.proof !== undefined &&
        (!atLeast(state.proof.rung, 'final') || !this.#proven.has(state.id)),
    );
    for (const state of low.slice(0, RAISED.most)) {
      const proof = await proveTransfer(this.parts, state, state.proof.transaction).catch(() => undefined);
      if (!proof) continue;
      this.#proven.add(state.id);
      if (atLeast(state.proof.rung, proof.rung)) continue;
      await this.#exclusive(state, async () => {
        // Somebody may have taken it up meanwhile.
        const latest = await journal.get(state.id);
        if (latest) await this.#follow(latest).move({ type: 'proven', proof });
      });
    }
  }

  close(): void {
    this.#closing.abort(new HskError('AGENT_CLOSED', 'The agent was closed while it was paying'));
  }

  /** A payment for the same resource that is undecided, or paid and not yet handed out. */
  async #takeUp({ budgetId, url }: Order, signal: AbortSignal): Promise<MerchantAnswer | undefined> {
    const states = (await this.parts.journal.unsettled(budgetId)).filter((state) => state.url === url);
    const open = states.find(isOpen);
    if (open) {
      const payment = this.#follow(open);
      try {
        if (open.status === 'signing' && !this.#over(open)) await this.#sign(payment);
        return await this.#settle(payment, signal, true);
      } catch (error) {
        // Proven unused: a new one may be signed.
        if (toHskError(error).code === 'PAYMENT_LAPSED') return undefined;
        throw error;
      }
    }
    const paid = states.find((state) => state.status === 'paid' && !state.delivered);
    if (paid?.status !== 'paid' || this.#seconds() >= paid.plan.authorization.deadline) return undefined;
    const answer = await redeem(this.parts, paid, signal);
    await this.#follow(paid).move({ type: 'delivered' });
    return answer;
  }

  async #begin({ budgetId, url, title, entry }: Order, signal: AbortSignal): Promise<MerchantAnswer> {
    const { profile, fetch, now, lightClient } = this.parts;
    const budget = await this.#budget(budgetId);
    if (budget.status === 'stopped')
      throw new HskError('BUDGET_STOPPED', 'The owner has stopped this budget', {
        action: 'Ask the owner to open a new one.',
      });
    const payment = this.#follow({
      status: 'asking',
      id: freshNonce(),
      budgetId,
      url,
      title: title ?? entry?.title ?? url,
      payTo: entry?.payTo ?? zeroAddress,
      amount: entry?.amount ?? 0n,
      startedAt: now(),
    });
    this.#live.add(payment);
    this.parts.onChange();
    try {
      const answer = await askResource(fetch, url, signal);
      if (isSuccess(answer)) return answer;
      if (answer.status !== 402)
        throw new HskError('RESOURCE_UNAVAILABLE', 'The merchant does not have this resource', {
          details: `${url}: HTTP ${answer.status}`,
        });
      const required = readPaymentRequired(answer.headers.get('PAYMENT-REQUIRED'));
      // Nothing is signed while nothing could be proven, nor what could not settle.
      const { value: balance, block } = await readCash(lightClient, profile, budget.account);
      // A clock of this machine that is behind would sign what has already expired.
      const seconds = block.timestamp > this.#seconds() ? block.timestamp : this.#seconds();
      const terms = chooseTerms({ profile, budget, url, entry, now: seconds }, required);
      const allowed = budget.signed + BigInt(terms.amount) <= budget.total;
      if (allowed && balance < BigInt(terms.amount))
        throw new HskError('BUDGET_EMPTY', 'The budget’s account holds too little for this payment', {
          details: `${balance} of ${terms.amount} base units`,
          action: 'Nothing was signed. Ask the owner for more.',
        });
      const moment = { url, nonce: payment.state.id, since: block.number, now: seconds };
      signal.throwIfAborted();
      await payment.move({ type: 'accepted', plan: planPayment(budget, terms, moment) });
      await this.#sign(payment);
    } catch (error) {
      if (payment.state.status === 'asking' && signal.aborted) throw error;
      // What the vault may have signed is only given up when it is proven unused.
      const type = payment.state.status === 'asking' || unsigned(error) ? 'rejected' : 'problem';
      await payment.move({ type, error: serializeError(error) });
      throw error;
    } finally {
      this.#live.delete(payment);
      this.parts.onChange();
    }
    return this.#settle(payment, signal, true);
  }

  /** The vault counts the payment before it signs; the bytes are kept before anybody else sees them. */
  async #sign(payment: LivePayment): Promise<void> {
    const { state } = payment;
    if (state.status !== 'signing') return;
    const budget = await this.#budget(state.budgetId);
    const signed = await this.parts.vault.signPayment(state.budgetId, state.plan.authorization);
    await payment.move({ type: 'signed', sealed: sealPayment(budget, state.plan, signed, this.#seconds()) });
  }

  async #settle(payment: LivePayment, signal: AbortSignal, deliver = false): Promise<MerchantAnswer> {
    const answer = await settlePayment(this.parts, payment, signal);
    this.#proven.add(payment.state.id);
    if (deliver) await payment.move({ type: 'delivered' });
    return answer;
  }

  #follow(state: PaymentState): LivePayment {
    return new LivePayment(state, this.parts.journal, this.parts.onChange);
  }

  async #budget(id: string): Promise<Budget> {
    const budget = (await this.parts.vault.budgets()).find((one) => one.id === id);
    if (budget) return budget;
    throw new HskError('BUDGET_UNKNOWN', 'There is no such budget', { details: id });
  }

  #over({ plan }: Extract<PaymentState, { status: 'signing' }>): boolean {
    return this.#seconds() >= plan.authorization.validBefore;
  }

  #seconds(): bigint {
    return BigInt(Math.floor(this.parts.now() / 1000));
  }

  #exclusive<T>({ budgetId, url }: { budgetId: string; url: string }, task: () => Promise<T>): Promise<T> {
    return this.parts.locks.exclusive(`hsk-agent/${this.parts.scope}/${budgetId}/${url}`, task);
  }
}

/** The vault refuses before it counts or signs anything. */
function unsigned(error: unknown): boolean {
  const { code } = toHskError(error);
  return code.startsWith('BUDGET_') || code === 'VAULT_LOCKED';
}
