import { html, type TemplateResult } from 'lit';
import type { NewBudget, OpenStep } from '../../../agent/agent-api.ts';
import type { SerializedError } from '../../../protocol/errors.ts';
import type { Address } from 'viem';
import { renderAddress, renderWholeAddress } from '../../shared/address.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate } from '../../shared/format.ts';
import { renderJourney } from '../../shared/progress.ts';
import { agentErrors } from '../agent-errors.ts';
import { money, payeeName, renderMoney, type View } from '../view.ts';

/** Everything the agent will be able to do, in one sentence and in full, before it is signed. */
export function renderReview(
  view: View,
  { owner, asked, error }: { owner: Address; asked: NewBudget; error?: SerializedError | undefined },
  actions: { confirm(): void; amend(): void },
): TemplateResult {
  const { t, language, budgets } = view;
  const until = formatDate(asked.expiry, language);
  const names = asked.payees.map((payee) => payeeName(budgets, payee));
  return html`<div class="stack">
    <h3 class="title" tabindex="-1" data-focus>${t.reviewTitle}</h3>
    <p class="sentence">
      ${t.sentence(
        money(asked.total, language),
        money(asked.perPayment, language),
        until,
        new Intl.ListFormat(language).format([
          ...new Set(names.map((name, index) => name ?? asked.payees[index]!)),
        ]),
      )}
    </p>
    <dl class="facts">
      <div class="total">
        <dt>${t.total}</dt>
        <dd>${renderMoney(asked.total, language)}</dd>
      </div>
      <div>
        <dt>${t.perPayment}</dt>
        <dd>${renderMoney(asked.perPayment, language)}</dd>
      </div>
      <div>
        <dt>${t.until}</dt>
        <dd class="small">${until}</dd>
      </div>
      ${asked.payees.map(
        (payee, index) =>
          html`<div>
            <dt>${t.mayBePaid}</dt>
            <dd>
              ${
                names[index] === undefined
                  ? renderWholeAddress(payee)
                  : renderAddress(payee, language, { name: names[index], copy: false })
              }
            </dd>
          </div>`,
      )}
      <div>
        <dt>${t.from}</dt>
        <dd>${renderAddress(owner, language, { copy: false })}</dd>
      </div>
    </dl>
    <p class="small muted">${t.reviewMoves(money(asked.total, language))}</p>
    ${renderError(error, language, { catalogue: agentErrors(t) })}
    <div class="actions">
      <button type="button" class="primary wide" @click=${actions.confirm}>
        ${t.confirm(money(asked.total, language))}
      </button>
      <button type="button" class="quiet wide" @click=${actions.amend}>${t.change}</button>
    </div>
  </div>`;
}

const OPEN_STEPS: readonly OpenStep[] = ['signing', 'funding', 'open'];

/** Signing and funding, step by step. */
export function renderOpening(view: View, asked: NewBudget, progress: OpenStep): TemplateResult {
  const { t, language } = view;
  return html`<div class="stack" aria-live="polite">
    <h3 class="title" tabindex="-1" data-focus>${t.openingTitle(money(asked.total, language))}</h3>
    ${renderJourney([t.stepSigning, t.stepFunding, t.stepOpen], OPEN_STEPS.indexOf(progress), t)}
    <p class="small muted">${t.openingNext}</p>
  </div>`;
}
