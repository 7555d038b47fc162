import { html, nothing, type TemplateResult } from 'lit';
import { formatDate } from '../../shared/format.ts';
import { phaseOf } from '../budget-machine.ts';
import { money, type View } from '../view.ts';

/** The owner's other budgets, open and over, newest first. */
export function renderOthers(view: View): TemplateResult | typeof nothing {
  const { t, language, budgets, now } = view;
  const { state } = budgets;
  const current = state.step === 'shown' ? state.budgetId : undefined;
  const others = budgets.views.filter(({ budget }) => budget.id !== current);
  if (others.length === 0) return nothing;
  const phases = { open: t.phaseOpen, expired: t.phaseExpired, stopped: t.phaseStopped };
  return html`<section part="others" aria-label=${t.others}>
    <details ?open=${others.some((other) => phaseOf(other, now) === 'open' || other.balance > 0n)}>
      <summary>${t.others}</summary>
      <ul class="list">
        ${others.map((other) => {
          const { id, label, total, expiry } = other.budget;
          const date = formatDate(expiry, language, 'date');
          return html`<li class="row">
            <div class="what">
              <p>${label} <span class="badge">${phases[phaseOf(other, now)]}</span></p>
              <p class="small muted">
                ${t.spentOf(money(other.spent, language), money(total, language))}, ${t.untilDate(date)}
              </p>
            </div>
            <button
              type="button"
              class="quiet"
              aria-label=${t.showLabel(label, date)}
              @click=${() => budgets.show(id)}
            >
              ${t.show}
            </button>
          </li>`;
        })}
      </ul>
    </details>
  </section>`;
}
