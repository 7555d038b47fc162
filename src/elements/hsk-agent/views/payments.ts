import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { AgentPayment, PaymentStatus } from '../../../agent/agent-api.ts';
import { renderAddress, renderHash } from '../../shared/address.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import { agentErrors } from '../agent-errors.ts';
import { payeeName, renderMoney, type View } from '../view.ts';

/** Milliseconds after which a silent merchant makes the outcome unknown to a person, too. */
const PATIENCE = 10_000;
/** Payments shown at first, and more at a press. */
export const PAGE = 20;

/** How far a payment is, in words. */
export function statusWords(payment: AgentPayment, { t, now }: Pick<View, 't' | 'now'>): string {
  const { status, error, startedAt } = payment;
  if (status === 'presented' && (error || now * 1000 - startedAt > PATIENCE)) return t.unknown;
  return t[status];
}

const TONES: Partial<Record<PaymentStatus, string>> = {
  paid: 'positive-text',
  failed: 'negative-text',
};

/** Every payment of the budget, newest first. */
export function renderPayments(view: View, most: number, more: () => void): TemplateResult {
  const { t, language, budgets } = view;
  const { payments } = budgets;
  const hidden = Math.max(0, (payments?.length ?? 0) - most);
  return html`<section class="stack tight" part="payments" aria-label=${t.payments}>
    <h3 class="subtitle">${t.payments}</h3>
    ${
      payments === undefined
        ? html`<span class="skeleton block">0</span>`
        : payments.length === 0
          ? html`<p class="small muted">${t.noPayments}</p>`
          : html`<ol class="list payments">
              ${repeat(
                payments.slice(0, most),
                ({ id }) => id,
                (payment) => renderPayment(payment, view),
              )}
            </ol>`
    }
    ${
      hidden > 0
        ? html`<div>
            <button type="button" class="quiet" @click=${more}>
              ${t.showMore(new Intl.NumberFormat(language).format(Math.min(hidden, PAGE)))}
            </button>
          </div>`
        : nothing
    }
  </section>`;
}

function renderPayment(payment: AgentPayment, view: View): TemplateResult {
  const { t, language, session, budgets } = view;
  const { status, title, url, payTo, amount, rung, evidenceId, error, transaction, paymentId } = payment;
  const name = payeeName(budgets, payTo);
  return html`<li data-status=${status}>
    <div class="row">
      <strong class="what">${title || url}</strong>
      ${amount > 0n ? renderMoney(amount, language) : nothing}
    </div>
    ${BigInt(payTo) === 0n ? nothing : renderAddress(payTo, language, { copy: false, ...(name && { name }) })}
    <div class="row wrap">
      <p class="small ${TONES[status] ?? 'muted'}">${statusWords(payment, view)}</p>
      ${
        rung
          ? renderRung(
              { rung, ...(evidenceId !== undefined && { evidenceId }) },
              session,
              t.paymentOf(title || url),
              language,
            )
          : nothing
      }
    </div>
    ${renderError(error, language, { catalogue: agentErrors(t) })}
    <details>
      <summary>${t.details}</summary>
      <dl class="facts small">
        <div>
          <dt>${t.time}</dt>
          <dd>${formatDate(payment.startedAt / 1000, language)}</dd>
        </div>
        ${fact(t.transaction, transaction, language)} ${fact(t.paymentId, paymentId, language)}
      </dl>
    </details>
  </li>`;
}

function fact(name: string, hash: string | undefined, language: string): TemplateResult | typeof nothing {
  if (!hash) return nothing;
  return html`<div>
    <dt>${name}</dt>
    <dd>${renderHash(hash, name, language)}</dd>
  </div>`;
}
