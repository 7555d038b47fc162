import { html, nothing, type TemplateResult } from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { renderAddress } from '../../shared/address.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatAmount, formatCountdown, renderAmount } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { purchaseErrors } from '../purchase-errors.ts';
import type { StepView } from '../view.ts';

export interface ReviewActions {
  confirm(): void;
  amend(): void;
  refresh(): void;
  openTerms(): void;
  consent(given: boolean): void;
}

/** Everything that will be signed, in full, before it is. */
export function renderReview(
  view: StepView<'reviewing'>,
  consent: { given: boolean; asked: boolean },
  actions: ReviewActions,
): TemplateResult {
  const { t, language, product, state, now } = view;
  const { quote } = state;
  const left = Number(quote.order.validUntil) - now;
  const lapsed = left <= 10;
  const units = formatAmount(quote.quantity, product.decimals, language);
  const money = formatAmount(quote.cost, STABLECOIN.decimals, language, { min: 2 });
  const missing = consent.asked && !consent.given;
  return html`<div class="stack">
    <h3 class="title">${t.reviewTitle}</h3>
    <dl class="facts">
      <div>
        <dt>${t.youBuy}</dt>
        <dd>${renderAmount(quote.quantity, product.decimals, product.symbol, language)}</dd>
      </div>
      <div>
        <dt>${t.pricePerUnit}</dt>
        <dd>
          ${renderAmount(quote.order.price, STABLECOIN.decimals, STABLECOIN.symbol, language, { min: 2 })}
        </dd>
      </div>
      <div class="total">
        <dt>${t.youPay}</dt>
        <dd>${renderAmount(quote.cost, STABLECOIN.decimals, STABLECOIN.symbol, language, { min: 2 })}</dd>
      </div>
      <div>
        <dt>${t.networkFee}</dt>
        <dd class="small">${t.networkFeeValue}</dd>
      </div>
      <div>
        <dt>${t.seller}</dt>
        <dd>${renderAddress(product.seller, language, { name: t.deskName, copy: false })}</dd>
      </div>
      <div>
        <dt>${t.toWallet}</dt>
        <dd>${renderAddress(state.buyer, language, { copy: false })}</dd>
      </div>
      <div>
        <dt>${lapsed ? t.quoteLapsed : t.quoteValid}</dt>
        <dd>
          ${lapsed ? nothing : html`<span class="amount" role="timer">${formatCountdown(left)}</span>`}
          <button
            type="button"
            class="icon"
            aria-label=${t.newQuote}
            title=${t.newQuote}
            ?disabled=${state.busy}
            @click=${actions.refresh}
          >
            ${icons.refresh()}
          </button>
        </dd>
      </div>
    </dl>
    <div class="stack tight">
      <button type="button" class="secondary wide" @click=${actions.openTerms}>
        ${icons.document()} ${t.openTerms}
      </button>
      <label class="choice">
        <input
          type="checkbox"
          .checked=${consent.given}
          aria-invalid=${missing ? 'true' : nothing}
          aria-describedby="terms-error"
          @change=${(event: Event) => actions.consent((event.target as HTMLInputElement).checked)}
        />
        <span>${t.termsConsent}</span>
      </label>
      <p class="field-error" id="terms-error" ?hidden=${!missing} aria-live="polite">
        ${t.termsConsentMissing}
      </p>
    </div>
    <p class="small muted">${t.atOnce}</p>
    ${renderError(state.error, language, { catalogue: purchaseErrors(t) })}
    <div class="actions">
      ${
        lapsed
          ? html`<button type="button" class="primary wide" ?disabled=${state.busy} @click=${actions.refresh}>
              ${state.busy ? t.gettingQuote : t.newQuote}
            </button>`
          : html`<button type="button" class="primary wide" ?disabled=${state.busy} @click=${actions.confirm}>
              ${state.busy ? t.signing : t.buy(units, money)}
            </button>`
      }
      <button type="button" class="quiet wide" ?disabled=${state.busy} @click=${actions.amend}>
        ${t.change}
      </button>
    </div>
  </div>`;
}
