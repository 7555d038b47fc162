import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { fillCost } from '../../../protocol/order.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatAmount, parseAmount, renderAmount } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import { purchaseErrors } from '../purchase-errors.ts';
import type { StepView, View } from '../view.ts';

/** Most base units of the asset that `money` pays for: the largest quantity whose cost does not exceed it. */
export function affordable(money: bigint, price: bigint, decimals: number): bigint {
  return price === 0n ? 0n : (money * 10n ** BigInt(decimals)) / price;
}

interface Entry {
  quantity: bigint;
  cost: bigint;
}

/** The amount the buyer types, in money or in units, and whether it can be bought. */
export class AmountForm implements ReactiveController {
  text = '';
  unit: 'money' | 'units' = 'money';
  /** Complaints wait until the buyer has asked for a quote once. */
  #asked = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly actions: { ask(quantity: bigint): void; fund(): void },
  ) {
    host.addController(this);
  }

  hostConnected(): void {}

  #entry({ offer, product, language }: View): Entry | undefined {
    if (!offer) return undefined;
    const decimals = this.unit === 'money' ? STABLECOIN.decimals : product.decimals;
    const amount = parseAmount(this.text, decimals, language);
    if (amount === undefined || amount === 0n) return undefined;
    const quantity = this.unit === 'units' ? amount : affordable(amount, offer.nav, product.decimals);
    return { quantity, cost: fillCost(offer.nav, quantity, product.decimals) };
  }

  #problem(view: View, entry: Entry | undefined): string | undefined {
    const { t, offer, cash, product, language } = view;
    if (!entry) return t.amountInvalid;
    const units = (value: bigint) => formatAmount(value, product.decimals, language);
    if (offer && entry.quantity < offer.minimum) return t.amountTooSmall(units(offer.minimum));
    if (offer && entry.quantity > offer.maximum) return t.amountTooLarge(units(offer.maximum));
    return cash && entry.cost > cash.value ? t.amountNotCovered : undefined;
  }

  render(view: StepView<'quoting'>, funding: boolean): TemplateResult {
    const { t, language, product, offer, cash, state, session } = view;
    const entry = this.#entry(view);
    const problem = this.#asked ? this.#problem(view, entry) : undefined;
    const units = (value: bigint) => formatAmount(value, product.decimals, language, { max: 4 });
    const money = (value: bigint) => formatAmount(value, STABLECOIN.decimals, language, { min: 2, max: 2 });
    const about = !entry
      ? ''
      : this.unit === 'money'
        ? t.buysAbout(units(entry.quantity))
        : t.costsAbout(money(entry.cost));
    const poor =
      cash !== undefined && offer && cash.value < fillCost(offer.nav, offer.minimum, product.decimals);
    return html`<form novalidate @submit=${(event: Event) => this.#submit(event, view)}>
      <h3 class="title">${t.amountTitle}</h3>
      <div class="field">
        <label for="amount">${t.amount}</label>
        <div class="entry">
          <input
            id="amount"
            class="big"
            inputmode="decimal"
            autocomplete="off"
            enterkeyhint="go"
            placeholder="0"
            .value=${this.text}
            ?readonly=${state.busy}
            aria-invalid=${problem ? 'true' : nothing}
            aria-describedby="amount-about amount-error"
            @input=${(event: Event) => this.#set({ text: (event.target as HTMLInputElement).value })}
          />
          <fieldset class="unitswitch">
            <legend class="visually-hidden">${t.amountIn}</legend>
            ${this.#choice('money', STABLECOIN.symbol)}${this.#choice('units', t.unit)}
          </fieldset>
        </div>
        <p class="hint row" id="amount-about">
          <span>${about || (offer ? t.minimum(units(offer.minimum), product.symbol) : nothing)}</span>
          ${
            cash && offer && !poor
              ? html`<button type="button" class="quiet small" @click=${() => this.#all(view)}>
                  ${t.useAll}
                </button>`
              : nothing
          }
        </p>
        <p class="field-error" id="amount-error" ?hidden=${!problem} aria-live="polite">${problem}</p>
      </div>
      <dl class="facts">
        <div class="proven">
          <dt class="row start wrap">
            ${t.available} ${cash ? renderRung(cash, session, t.cash, language) : nothing}
          </dt>
          <dd>
            ${
              cash
                ? renderAmount(cash.value, STABLECOIN.decimals, STABLECOIN.symbol, language, {
                    min: 2,
                    max: 2,
                  })
                : html`<span class="skeleton">0,000.00 HKD</span>`
            }
          </dd>
        </div>
      </dl>
      ${renderError(state.error, language, { catalogue: purchaseErrors(t) })}
      <div class="actions">
        ${
          poor
            ? html`<p class="small muted">${t.noCash}</p>
                ${
                  session.profile.services.faucet
                    ? html`<button
                        type="button"
                        class="primary wide"
                        ?disabled=${funding}
                        @click=${this.actions.fund}
                      >
                        ${funding ? t.gettingTestMoney : t.getTestMoney}
                      </button>`
                    : nothing
                }`
            : html`<button type="submit" class="primary wide" ?disabled=${state.busy || !offer}>
                ${state.busy ? t.gettingQuote : t.getQuote}
              </button>`
        }
      </div>
    </form>`;
  }

  #choice(value: 'money' | 'units', label: string): TemplateResult {
    return html`<label
      >${label}<input
        class="visually-hidden"
        type="radio"
        name="unit"
        .checked=${this.unit === value}
        @change=${() => this.#set({ unit: value, text: '' })}
    /></label>`;
  }

  #set(change: { text?: string; unit?: 'money' | 'units' }): void {
    Object.assign(this, change);
    this.host.requestUpdate();
  }

  /** All the cash, or as much as the desk sells. */
  #all({ offer, cash, product, language }: View): void {
    if (!offer || !cash) return;
    const affords = affordable(cash.value, offer.nav, product.decimals);
    const quantity = affords > offer.maximum ? offer.maximum : affords;
    // What is typed as money may exceed the cost by less than one base unit's price.
    const money = affords > offer.maximum ? fillCost(offer.nav, quantity, product.decimals) : cash.value;
    const [value, decimals] =
      this.unit === 'units' ? [quantity, product.decimals] : [money, STABLECOIN.decimals];
    this.#set({ text: formatAmount(value, decimals, language) });
  }

  #submit(event: Event, view: View): void {
    event.preventDefault();
    this.#asked = true;
    const entry = this.#entry(view);
    if (entry && !this.#problem(view, entry)) this.actions.ask(entry.quantity);
    else (event.target as HTMLFormElement).querySelector<HTMLInputElement>('#amount')?.focus();
    this.host.requestUpdate();
  }
}
