import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import type { Address } from 'viem';
import type { NewBudget } from '../../../agent/agent-api.ts';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { renderAddress, renderWholeAddress } from '../../shared/address.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatAmount, parseAmount } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import { agentErrors, catalogueErrors } from '../agent-errors.ts';
import { money, type Payee, payeesOf, renderMoney, type View } from '../view.ts';

/** Seconds an agent may pay. */
const SPANS = { hour: 3600, day: 86_400, week: 604_800 } as const;
type Span = keyof typeof SPANS;

type Field = 'total' | 'perPayment' | 'validFor' | 'payees';
type Problems = Partial<Record<Field, string>>;

/** The limits an owner types. Nothing about consent is filled in beforehand. */
export class BudgetForm implements ReactiveController {
  #text = { total: '', perPayment: '', label: '' };
  #span: Span | undefined;
  readonly #payees = new Set<Address>();
  /** Complaints wait until the owner has asked for the review once. */
  #asked = false;

  constructor(
    private readonly host: ReactiveControllerHost & { updateComplete: Promise<boolean> },
    private readonly actions: { review(budget: NewBudget): void; fund(): void; retry(): void },
  ) {
    host.addController(this);
  }

  hostConnected(): void {}

  /** Empties the form once a budget stands. */
  clear(): void {
    this.#text = { total: '', perPayment: '', label: '' };
    this.#span = undefined;
    this.#payees.clear();
    this.#asked = false;
  }

  #amount(field: 'total' | 'perPayment', language: string): bigint | undefined {
    return parseAmount(this.#text[field], STABLECOIN.decimals, language) || undefined;
  }

  #problems({ t, language, budgets }: View): Problems {
    const problems: Problems = {};
    const total = this.#amount('total', language);
    const perPayment = this.#amount('perPayment', language);
    const { cash } = budgets;
    if (total === undefined) problems.total = t.amountInvalid;
    else if (cash && total > cash.value) problems.total = t.notCovered(money(cash.value, language));
    if (perPayment === undefined) problems.perPayment = t.amountInvalid;
    else if (total !== undefined && perPayment > total) problems.perPayment = t.perPaymentTooLarge;
    if (!this.#span) problems.validFor = t.validForMissing;
    if (this.#payees.size === 0) problems.payees = t.payeesMissing;
    return problems;
  }

  render(view: View): TemplateResult {
    const { t, language, budgets, session } = view;
    const { cash, funding, fundingError } = budgets;
    const problems = this.#asked ? this.#problems(view) : {};
    const total = this.#amount('total', language);
    const short = cash !== undefined && (cash.value === 0n || (total !== undefined && total > cash.value));
    return html`<form novalidate @submit=${(event: Event) => void this.#submit(event, view)}>
      <div class="stack tight">
        <h3 class="title" tabindex="-1" data-focus>${t.setTitle}</h3>
        <p class="small muted">${t.setIntro}</p>
      </div>
      <dl class="facts">
        <div class="proven">
          <dt class="row start wrap">
            ${t.balance} ${cash ? renderRung(cash, session, t.balance, language) : nothing}
          </dt>
          <dd>
            ${
              cash
                ? renderMoney(cash.value, language, { max: 2 })
                : html`<span class="skeleton">0,000.00 HKD</span>`
            }
          </dd>
        </div>
      </dl>
      <div class="pair">
        ${this.#amountField('total', t.total, problems)}
        ${this.#amountField('perPayment', t.perPayment, problems, prices(view))}
      </div>
      ${
        short && session.profile.services.faucet
          ? html`<div>
              <button type="button" class="secondary" ?disabled=${funding} @click=${this.actions.fund}>
                ${funding ? t.gettingTestMoney : t.getTestMoney}
              </button>
            </div>`
          : nothing
      }
      ${renderError(fundingError, language, { catalogue: agentErrors(t) })} ${this.#spanField(view, problems)}
      ${this.#payeeField(view, problems)}
      <div class="field">
        <label for="label">${t.label}</label>
        <input
          id="label"
          autocomplete="off"
          maxlength="80"
          aria-describedby="label-hint"
          .value=${this.#text.label}
          @input=${(event: Event) => this.#set(() => (this.#text.label = typed(event)))}
        />
        <p class="hint" id="label-hint">${t.labelHint}</p>
      </div>
      <div class="actions">
        <button type="submit" class="primary wide">${t.review}</button>
      </div>
    </form>`;
  }

  #amountField(
    field: 'total' | 'perPayment',
    label: string,
    problems: Problems,
    hint?: string,
  ): TemplateResult {
    return html`<div class="field">
      <label for=${field}>${label}</label>
      <div class="money">
        <input
          id=${field}
          inputmode="decimal"
          autocomplete="off"
          placeholder="0"
          .value=${this.#text[field]}
          aria-invalid=${problems[field] ? 'true' : nothing}
          aria-describedby="${field}-hint ${field}-error"
          @input=${(event: Event) => this.#set(() => (this.#text[field] = typed(event)))}
        /><span class="unit" aria-hidden="true">${STABLECOIN.symbol}</span>
      </div>
      <p class="hint" id="${field}-hint" ?hidden=${!hint}>${hint}</p>
      ${complaint(field, problems)}
    </div>`;
  }

  #spanField({ t }: View, problems: Problems): TemplateResult {
    return html`<fieldset class="field" aria-describedby="validFor-error">
      <legend>${t.validFor}</legend>
      <div class="choices spans">
        ${(Object.keys(SPANS) as Span[]).map(
          (span) =>
            html`<label class="segment"
              ><input
                class="visually-hidden"
                type="radio"
                name="span"
                aria-invalid=${problems.validFor ? 'true' : nothing}
                .checked=${this.#span === span}
                @change=${() => this.#set(() => (this.#span = span))}
              />${t[span]}</label
            >`,
        )}
      </div>
      ${complaint('validFor', problems)}
    </fieldset>`;
  }

  #payeeField(view: View, problems: Problems): TemplateResult {
    const { t, language, budgets } = view;
    const { catalogue, catalogueError, namedError } = budgets;
    const payees = payeesOf(budgets);
    const loading = budgets.hasCatalogue && !catalogue && !catalogueError;
    return html`<fieldset class="field" aria-describedby="payees-error">
      <legend>${t.payees}</legend>
      ${payees.map((payee) => this.#choice(payee, view, problems))}
      ${renderError(catalogue ? undefined : catalogueError, language, {
        catalogue: catalogueErrors(t),
        action: { label: sharedWords(language).tryAgain, run: this.actions.retry },
      })}
      ${renderError(namedError, language, { catalogue: agentErrors(t) })}
      ${
        loading
          ? html`<span class="skeleton block">0</span>
              <p class="visually-hidden" role="status">${t.payeesLoading}</p>`
          : nothing
      }
      ${
        payees.length === 0 && !loading && !catalogueError && !namedError
          ? html`<p class="note warning">${t.noPayees}</p>`
          : complaint('payees', problems)
      }
    </fieldset>`;
  }

  #choice({ address, name, titles }: Payee, { t, language }: View, problems: Problems): TemplateResult {
    const tick = (event: Event) =>
      this.#set(() => {
        if ((event.target as HTMLInputElement).checked) this.#payees.add(address);
        else this.#payees.delete(address);
      });
    return html`<label class="choice payee">
      <input
        type="checkbox"
        aria-invalid=${problems.payees ? 'true' : nothing}
        .checked=${this.#payees.has(address)}
        @change=${tick}
      />
      <span
        >${
          name === undefined
            ? renderWholeAddress(address)
            : html`<span>${name}</span>${renderAddress(address, language, { copy: false })}`
        }<span class="hint"
          >${
            titles.length > 0 ? t.payeeSells(new Intl.ListFormat(language).format(titles)) : t.payeeNamed
          }</span
        ></span
      >
    </label>`;
  }

  #set(change: () => void): void {
    change();
    this.host.requestUpdate();
  }

  async #submit(event: Event, view: View): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.#asked = true;
    this.host.requestUpdate();
    if (Object.keys(this.#problems(view)).length > 0) {
      await this.host.updateComplete;
      form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      return;
    }
    const { language, t, now, budgets } = view;
    this.actions.review({
      total: this.#amount('total', language)!,
      perPayment: this.#amount('perPayment', language)!,
      expiry: BigInt(Math.floor(now) + SPANS[this.#span!]),
      payees: payeesOf(budgets)
        .map(({ address }) => address)
        .filter((address) => this.#payees.has(address)),
      label: this.#text.label.trim() || t.defaultLabel,
    });
  }
}

/** Between what and what the catalogue's prices lie; the 402 decides. */
function prices({ t, language, budgets }: View): string | undefined {
  const amounts = (budgets.catalogue ?? []).map(({ amount }) => amount);
  if (amounts.length === 0) return undefined;
  const low = amounts.reduce((a, b) => (a < b ? a : b));
  const high = amounts.reduce((a, b) => (a > b ? a : b));
  if (low === high) return t.price(money(low, language));
  return t.prices(money(low, language), formatAmount(high, STABLECOIN.decimals, language, { min: 2 }));
}

function typed(event: Event): string {
  return (event.target as HTMLInputElement).value;
}

function complaint(field: Field, problems: Problems): TemplateResult {
  return html`<p class="field-error" id="${field}-error" ?hidden=${!problems[field]} aria-live="polite">
    ${problems[field]}
  </p>`;
}
