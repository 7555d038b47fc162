import { html, type TemplateResult } from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { formatAmount, formatDate, renderAmount } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import type { View } from '../view.ts';
import { type RenewalActions, renderRenewal } from './renewal.ts';

/** Units proven to be held, and what they are worth at the desk's figure. */
export function renderHolding(view: View, step: string, actions: RenewalActions): TemplateResult {
  const { t, language, product, offer, holding, session } = view;
  const money = (value: bigint, max = 2) =>
    formatAmount(value, STABLECOIN.decimals, language, { min: 2, max });
  return html`<section class="stack tight" part="holding" aria-label=${t.holdingTitle}>
    <div class="row">
      <h3 class="subtitle">${t.holdingTitle}</h3>
      ${holding ? renderRung(holding.units, session, t.holding(product.symbol), language) : ''}
    </div>
    ${
      !holding
        ? html`<span class="skeleton block">0</span>`
        : holding.units.value === 0n
          ? html`<p class="small muted">${t.noHolding}</p>`
          : html`${renderAmount(holding.units.value, product.decimals, product.symbol, language, { large: true })}
            ${
              holding.value !== undefined && offer
                ? html`<p class="small muted">
                    ${t.value}
                    ${renderAmount(holding.value, STABLECOIN.decimals, STABLECOIN.symbol, language, { min: 2, max: 2, rest: 'nearest' })}
                    · ${t.valueAt(money(offer.nav, 4), formatDate(offer.asOf, language, 'date'))}
                  </p>`
                : ''
            }`
    }
    ${renderRenewal(view, step, actions)}
  </section>`;
}
