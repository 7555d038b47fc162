import { html, nothing, type TemplateResult } from 'lit';
import type { SerializedError } from '../../../protocol/errors.ts';
import { renderAddress, renderWholeAddress } from '../../shared/address.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatAmount, renderAmount } from '../../shared/format.ts';
import { inFull } from '../account/assets.ts';
import type { OpenView } from '../view.ts';
import { accountErrors } from '../account/account-errors.ts';
import type { SendOrder } from './send-machine.ts';

export interface ReviewActions {
  confirm(): void;
  amend(): void;
  /** The owner says that a look-alike address was compared. */
  compared(yes: boolean): void;
}

/** "10.00 HKD", in words for buttons and headings. */
export function amountWords({ asset, amount }: SendOrder, language: string): string {
  return `${formatAmount(amount, asset.decimals, language, inFull(asset))} ${asset.symbol}`;
}

/** Everything that will be signed, in full, before it is. */
export function renderReview(
  view: OpenView,
  state: { order: SendOrder; error?: SerializedError },
  compared: { yes: boolean; asked: boolean },
  actions: ReviewActions,
): TemplateResult {
  const { t, language, session, account } = view;
  const { order } = state;
  const { asset, to, amount, fees } = order;
  const missing = order.alike !== undefined && compared.asked && !compared.yes;
  return html`<div class="stack">
    <h3 class="title" tabindex="-1" data-focus>${t.reviewTitle}</h3>
    <dl class="facts">
      <div class="total">
        <dt>${t.youSend}</dt>
        <dd>${renderAmount(amount, asset.decimals, asset.symbol, language, inFull(asset))}</dd>
      </div>
      <div class="party">
        <dt>${t.recipient}</dt>
        <dd>${renderWholeAddress(to)}</dd>
      </div>
      <div>
        <dt>${t.from}</dt>
        <dd>${renderAddress(account, language, { copy: false })}</dd>
      </div>
      <div>
        <dt>${t.network}</dt>
        <dd>${session.profile.name}</dd>
      </div>
      <div>
        <dt>${t.feeAtMost}</dt>
        <dd class="small">
          ${renderAmount(fees.fee, 18, session.profile.execution.currency, language, { max: 9, rest: 'up' })}
        </dd>
      </div>
    </dl>
    ${
      order.alike
        ? html`<div class="note negative" role="alert">
              <p><strong>${t.alikeTitle}</strong></p>
              <p>${t.alikeIntro}</p>
              <p class="mono">${order.alike}</p>
            </div>
            <div>
              <label class="choice">
                <input
                  id="compared"
                  type="checkbox"
                  .checked=${compared.yes}
                  aria-invalid=${missing ? 'true' : nothing}
                  aria-describedby="compared-error"
                  @change=${(event: Event) => actions.compared((event.target as HTMLInputElement).checked)}
                />
                <span>${t.alikeCompared}</span>
              </label>
              <p class="field-error" id="compared-error" ?hidden=${!missing} aria-live="polite">
                ${t.alikeMissing}
              </p>
            </div>`
        : order.first
          ? html`<p class="small muted">${t.firstTime}</p>`
          : nothing
    }
    <p class="small muted">${t.cannotUndo}</p>
    ${renderError(state.error, language, { catalogue: accountErrors(t) })}
    <div class="actions">
      <button type="button" class="primary wide" @click=${actions.confirm}>
        ${t.sendAmount(amountWords(order, language))}
      </button>
      <button type="button" class="quiet wide" @click=${actions.amend}>${t.change}</button>
    </div>
  </div>`;
}
