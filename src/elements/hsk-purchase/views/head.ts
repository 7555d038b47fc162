import { html, nothing, type TemplateResult } from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import type { PurchaseStep } from '../../../market/purchase-machine.ts';
import { formatDate, renderAmount } from '../../shared/format.ts';
import type { LineChart } from '../../shared/line-chart.ts';
import { renderNavChart } from '../nav-chart.ts';
import type { View } from '../view.ts';

/** Which fund, what a unit is worth and since when. */
export function renderHead(view: View, chart: LineChart | undefined): TemplateResult {
  const { t, language, product, offer } = view;
  return html`<header class="product stack" part="product">
    <div>
      <p class="small muted">${product.symbol}</p>
      <h2>${product.name}</h2>
    </div>
    <div class="nav">
      ${
        offer
          ? html`${renderAmount(offer.nav, STABLECOIN.decimals, STABLECOIN.symbol, language, { min: 4, max: 4, large: true })}
              <span class="small muted">${t.navAsOf(formatDate(offer.asOf, language, 'date'))}</span>`
          : html`<span class="skeleton">&nbsp;00.0000 HKD</span
              ><span class="small muted">${t.navPerUnit}</span>`
      }
    </div>
    ${offer && chart ? renderNavChart(chart, offer.history, STABLECOIN.decimals, t, language) : nothing}
  </header>`;
}

const STEP_OF: Record<PurchaseStep, number> = {
  'needs-wallet': 1,
  checking: 2,
  'needs-credential': 2,
  documents: 2,
  'in-review': 2,
  refused: 2,
  removed: 2,
  expired: 2,
  ineligible: 2,
  eligible: 2,
  proving: 2,
  admitting: 2,
  quoting: 3,
  reviewing: 4,
  settling: 4,
  settled: 5,
  failed: 5,
};

/** How far the purchase is: four bars and their word. Nothing once it is over. */
export function renderSteps(step: PurchaseStep, t: View['t']): TemplateResult | typeof nothing {
  const names = [t.stepWallet, t.stepEligibility, t.stepAmount, t.stepReview];
  const at = STEP_OF[step];
  if (at > names.length) return nothing;
  return html`<div class="steps" part="steps">
    <p class="tiny muted">${t.stepOf(at, names[at - 1]!)}</p>
    <ol aria-label=${t.steps}>
      ${names.map(
        (name, index) =>
          html`<li class=${index + 1 < at ? 'past' : ''} aria-current=${index + 1 === at ? 'step' : nothing}>
            <span class="visually-hidden">${name}</span>
          </li>`,
      )}
    </ol>
  </div>`;
}
