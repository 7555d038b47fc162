import { html, nothing, type TemplateResult } from 'lit';
import type { BudgetView } from '../../../agent/agent-api.ts';
import { formatAmount } from '../../shared/format.ts';
import type { LineChart } from '../../shared/line-chart.ts';
import { renderError } from '../../shared/error-box.ts';
import { renderProgress } from '../../shared/progress.ts';
import { agentErrors } from '../agent-errors.ts';
import { type BudgetState, phaseOf } from '../budget-machine.ts';
import type { Research } from '../research.ts';
import { leftOf, money, type View } from '../view.ts';
import { renderBudget, renderStanding } from './budget-head.ts';
import { renderOver } from './over.ts';
import { renderPayments } from './payments.ts';
import { renderSpending } from './spending.ts';
import { renderVouch } from './vouch.ts';
import { renderTask } from './task.ts';

export interface ShownParts {
  /** While the budget can pay. */
  research: Research | undefined;
  chart: LineChart;
  /** Payments to list. */
  most: number;
  askStop(): void;
  takeBack(): void;
  vouch(): void;
  more(): void;
}

/** One budget with all that belongs to it; loaded when there is one, not at first paint. */
export function renderShown(
  view: View,
  shown: BudgetView,
  state: Extract<BudgetState, { step: 'shown' }>,
  parts: ShownParts,
): TemplateResult {
  const { t, language, budgets, now } = view;
  const phase = phaseOf(shown, now);
  const payments = html`${chartSection(view, parts.chart)} ${renderPayments(view, parts.most, parts.more)}`;
  if (phase !== 'open')
    return html`${renderOver(view, shown, phase, state, {
      takeBack: parts.takeBack,
      again: () => budgets.again(),
    })}
    ${payments}`;
  if (state.stopping)
    return html`<div>${renderProgress(t.stopping(money(shown.balance, language)), { language })}</div>
      ${payments}`;
  return html`${renderStanding(view, shown, parts.askStop)}
  ${
    state.error
      ? html`<div>${renderError(state.error, language, { catalogue: agentErrors(t) })}</div>`
      : nothing
  }
  ${renderBudget(view, shown)} ${renderVouch(view, parts.vouch)}
  ${parts.research ? renderTask(view, parts.research) : nothing} ${payments}`;
}

function chartSection(view: View, chart: LineChart): TemplateResult | typeof nothing {
  const drawn = renderSpending(view, chart);
  if (drawn === nothing) return nothing;
  return html`<section class="stack tight" aria-label=${view.t.spending}>
    <h3 class="subtitle">${view.t.spending}</h3>
    ${drawn}
  </section>`;
}

/** One sentence for screen readers about where things stand. */
export function summarise({ t, language, budgets, now }: View, shown: BudgetView): string {
  const proven = (budgets.payments ?? []).filter(({ status }) => status === 'paid').length;
  return t.summary(
    formatAmount(BigInt(proven), 0, language),
    money(shown.spent, language),
    money(phaseOf(shown, now) === 'open' ? leftOf(shown) : 0n, language),
  );
}
