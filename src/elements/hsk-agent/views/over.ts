import { html, nothing, type TemplateResult } from 'lit';
import type { BudgetView } from '../../../agent/agent-api.ts';
import type { SerializedError } from '../../../protocol/errors.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderProgress } from '../../shared/progress.ts';
import { renderRung } from '../../shared/rung.ts';
import { agentErrors } from '../agent-errors.ts';
import type { BudgetPhase } from '../budget-machine.ts';
import { vouchWords } from '../vouch.messages.ts';
import { isUndecided, money, renderMoney, type View } from '../view.ts';

export interface OverActions {
  /** Takes back what is left; also finishes a stop that was interrupted. */
  takeBack(): void;
  again(): void;
}

/** A budget that pays no more: what was spent, what came back, and how to begin anew. */
export function renderOver(
  view: View,
  shown: BudgetView,
  phase: Exclude<BudgetPhase, 'open'>,
  standing: { stopping: boolean; error?: SerializedError | undefined },
  actions: OverActions,
): TemplateResult {
  const { t, language, session, budgets } = view;
  const { budget, spent, balance, funding } = shown;
  // Money may reach the account by another way than the wallet's transfer.
  const funded = funding === 'proven' || balance > 0n || spent > 0n;
  const undecided = (budgets.payments ?? [])
    .filter(isUndecided)
    .reduce((sum, { amount }) => sum + amount, 0n);
  const setAside = funded ? budget.total : 0n;
  const gone = spent + balance + undecided;
  const returned = phase === 'stopped' && setAside > gone ? setAside - gone : 0n;
  // A stop that was interrupted after the money came back.
  const vouched =
    phase === 'stopped' && ['standing', 'unproven'].includes(budgets.mandate?.value.state ?? '');
  const say = (value: bigint) => money(value, language);
  if (standing.stopping) return renderProgress(t.stopping(say(balance)), { language });
  return html`<section class="stack" part="over" aria-label=${budget.label}>
    <div class="row start">
      <span class="seal ${phase}">${phase === 'stopped' ? icons.check() : icons.clock()}</span>
      <div>
        <h3 class="title" tabindex="-1" data-focus>
          ${phase === 'stopped' ? t.stoppedTitle : t.expiredTitle}
        </h3>
        <p class="small muted">
          ${
            balance > 0n
              ? html`${t.returning(say(balance))} ${phase === 'expired' ? t.expiredNext : nothing}`
              : returned > 0n
                ? t.returned(say(returned))
                : !funded
                  ? funding === 'pending'
                    ? t.notFunded
                    : t.nothingSetAside
                  : gone < setAside
                    ? t.expiredNext
                    : t.nothingLeft
          }
        </p>
      </div>
    </div>
    <dl class="facts">
      <div>
        <dt>${t.setAside}</dt>
        <dd>${renderMoney(setAside, language)}</dd>
      </div>
      <div>
        <dt>${t.spent}</dt>
        <dd>${renderMoney(spent, language)}</dd>
      </div>
      ${
        undecided > 0n
          ? html`<div>
              <dt>${t.undecided}</dt>
              <dd>${renderMoney(undecided, language)}</dd>
            </div>`
          : nothing
      }
      <div class="total proven">
        <dt class="row start wrap">
          ${balance > 0n ? t.inAccount : t.returnedLabel}
          ${renderRung(budgets.held ?? { rung: shown.rung }, session, t.inAccount, language)}
        </dt>
        <dd>${renderMoney(balance > 0n ? balance : returned, language)}</dd>
      </div>
      <div>
        <dt>${t.until}</dt>
        <dd class="small">${formatDate(budget.expiry, language)}</dd>
      </div>
    </dl>
    ${renderError(standing.error, language, { catalogue: agentErrors(t) })}
    <div class="actions">
      ${
        vouched && balance === 0n
          ? html`<button type="button" class="secondary wide" @click=${actions.takeBack}>
              ${vouchWords(language).end}
            </button>`
          : nothing
      }
      ${
        balance > 0n
          ? html`<button type="button" class="primary wide" @click=${actions.takeBack}>
              ${t.takeBack(say(balance))}
            </button>`
          : nothing
      }
      <button type="button" class="${balance > 0n ? 'quiet' : 'primary'} wide" @click=${actions.again}>
        ${t.startAgain}
      </button>
    </div>
  </section>`;
}
