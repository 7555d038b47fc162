import { html, type TemplateResult } from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { renderHash } from '../../shared/address.ts';
import { renderDelay } from '../../shared/delay.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatAmount, formatDate, renderAmount } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderJourney } from '../../shared/progress.ts';
import { renderRung } from '../../shared/rung.ts';
import { purchaseErrors } from '../purchase-errors.ts';
import type { StepView } from '../view.ts';

/** What was signed in full is told in cents afterwards, never less than it was. */
const PAID = { min: 2, max: 2, rest: 'up' } as const;

/** The way of a signed purchase, step by step; it goes on by itself when the chain was away. */
export function renderSettling(view: StepView<'settling'>): TemplateResult {
  const { t, language, product, state, session } = view;
  const at = { signed: 1, sent: 2, included: 3 }[state.progress];
  return html`<div class="stack" aria-live="polite">
    <h3 class="title">${t.settlingTitle}</h3>
    <p class="row">
      ${renderAmount(state.fill.quote.quantity, product.decimals, product.symbol, language)}
      ${renderAmount(state.fill.quote.cost, STABLECOIN.decimals, STABLECOIN.symbol, language, PAID)}
    </p>
    ${renderJourney([t.settleSigned, t.settleSent, t.settleIncluded, t.settleAttested], at, t)}
    ${renderDelay(state.error, session.status, language, { message: t.unreachable, next: t.unreachableNext })}
  </div>`;
}

export function renderSettled(view: StepView<'settled'>, again: () => void): TemplateResult {
  const { t, language, product, state, session } = view;
  const { settlement } = state;
  const { quote } = settlement.fill;
  return html`<div class="stack">
    <div class="row start">
      <span class="seal">${icons.check()}</span>
      <h3 class="title" tabindex="-1" data-focus>
        ${t.settledTitle(formatAmount(quote.quantity, product.decimals, language))}
      </h3>
    </div>
    <dl class="facts">
      <div class="total">
        <dt>${t.paid}</dt>
        <dd>${renderAmount(quote.cost, STABLECOIN.decimals, STABLECOIN.symbol, language, PAID)}</dd>
      </div>
      <div>
        <dt>${t.pricePerUnit}</dt>
        <dd>
          ${renderAmount(quote.order.price, STABLECOIN.decimals, STABLECOIN.symbol, language, { min: 2 })}
        </dd>
      </div>
      <div>
        <dt>${t.settledAt}</dt>
        <dd class="small">${formatDate(settlement.block.timestamp, language)}</dd>
      </div>
      <div>
        <dt>${t.proofOfSettlement}</dt>
        <dd>${renderRung(settlement, session, t.proofOfSettlement, language)}</dd>
      </div>
      <div>
        <dt>${t.transaction}</dt>
        <dd>${renderHash(settlement.transactionHash, t.transaction, language)}</dd>
      </div>
      <div>
        <dt>${t.termsHash}</dt>
        <dd>${renderHash(quote.order.termsHash, t.termsHash, language)}</dd>
      </div>
    </dl>
    <div class="actions">
      <button type="button" class="secondary wide" @click=${again}>${t.buyMore}</button>
    </div>
  </div>`;
}

export function renderFailed(view: StepView<'failed'>, again: () => void): TemplateResult {
  const { t, language, state } = view;
  return html`<div class="stack">
    <h3 class="title" tabindex="-1" data-focus>${t.failedTitle}</h3>
    ${renderError(state.error, language, { catalogue: purchaseErrors(t) })}
    <div class="actions">
      <button type="button" class="primary wide" @click=${again}>${t.startAgain}</button>
    </div>
  </div>`;
}
