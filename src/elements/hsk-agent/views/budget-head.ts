import { html, nothing, svg, type TemplateResult } from 'lit';
import type { BudgetView } from '../../../agent/agent-api.ts';
import { formatRemaining } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderRung } from '../../shared/rung.ts';
import { leftOf, money, renderMoney, underWay, type View } from '../view.ts';

/** What is left, how long, and Stop: stays in sight however long the list of payments grows. */
export function renderStanding(view: View, shown: BudgetView, stop: () => void): TemplateResult {
  const { t, language, now } = view;
  const { label, expiry } = shown.budget;
  return html`<header class="standing row" part="standing">
    <div>
      <h3 class="small muted" tabindex="-1" data-focus>
        <span class="visually-hidden">${label}.</span> ${t.left}
      </h3>
      ${renderMoney(leftOf(shown), language, { large: true, max: 2 })}
      <p class="tiny muted">
        ${t.endsIn}
        <span class="amount" role="timer">${formatRemaining(Number(expiry) - now, language)}</span>
      </p>
    </div>
    <button type="button" class="danger" part="stop" aria-label=${t.stopLabel} @click=${stop}>
      ${icons.stop()} ${t.stop}
    </button>
  </header>`;
}

/** Where the money of the budget is: a bar, its legend, and what the chain proves about the account. */
export function renderBudget(view: View, shown: BudgetView): TemplateResult {
  const { t, language, session, budgets } = view;
  const { budget, spent, balance } = shown;
  const way = underWay(shown);
  const left = leftOf(shown);
  const say = (value: bigint) => money(value, language);
  const account = budgets.held ?? { value: balance, rung: shown.rung };
  return html`<section class="stack tight" part="budget" aria-label=${budget.label}>
    <h3 class="subtitle">${budget.label}</h3>
    ${renderBar(budget.total, spent, way, t.bar(say(spent), say(way), say(left)))}
    <dl class="legend small">
      ${[
        ['spent', t.spent, spent],
        ['way', t.underWay, way],
        ['rest', t.left, left],
      ].map(
        ([key, name, value]) =>
          html`<div>
            <dt><i class=${key as string}></i>${name}</dt>
            <dd>${renderMoney(value as bigint, language, { max: 2 })}</dd>
          </div>`,
      )}
    </dl>
    <dl class="facts">
      <div class="proven">
        <dt class="row start wrap">${t.inAccount} ${renderRung(account, session, t.inAccount, language)}</dt>
        <dd>${renderMoney(account.value, language, { max: 2 })}</dd>
      </div>
      <div>
        <dt>${t.limit}</dt>
        <dd>${renderMoney(budget.perPayment, language, { max: 2 })}</dd>
      </div>
    </dl>
    ${
      account.value === 0n && budget.signed === 0n && spent === 0n
        ? html`<div class="note warning" role="status">
            <p><strong>${t.notFunded}</strong></p>
            <p>${t.notFundedNext}</p>
          </div>`
        : nothing
    }
  </section>`;
}

/** Spent, under way and left; the middle one is hatched, so that colour is not the only difference. */
function renderBar(total: bigint, spent: bigint, way: bigint, said: string): TemplateResult {
  const share = (value: bigint) => Number((value * 10_000n) / (total || 1n)) / 100;
  const a = Math.min(100, share(spent));
  const b = Math.min(100 - a, share(way));
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=${said}>
    <defs>
      <pattern
        id="hatch"
        width="1.6"
        height="1.6"
        patternUnits="userSpaceOnUse"
        patternTransform="skewX(-30)"
      >
        ${svg`<rect class="way" width="0.8" height="1.6"></rect>`}
      </pattern>
    </defs>
    <rect class="rest" width="100" height="8"></rect>
    ${svg`<rect class="spent" width=${a} height="8"></rect>
      <rect x=${a} width=${b} height="8" fill="url(#hatch)"></rect>`}
  </svg>`;
}
