import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { Address } from 'viem';
import { renderError } from '../../shared/error-box.ts';
import { formatAmount, parseAmount, renderAmount } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import { type Asset, decimalsShown } from '../account/assets.ts';
import type { Balances } from '../account/balances.ts';
import type { OpenView } from '../view.ts';
import { accountErrors } from '../account/account-errors.ts';
import { readRecipient } from './recipient.ts';

export interface FormView extends OpenView {
  balances: Balances;
}

/** What of the coin is left for fees when all of it is sent: more than a transfer has ever cost. */
const KEPT_FOR_FEES = 10n ** 15n;

/** What to send, to whom, and how much of it. */
export class SendForm {
  recipient = '';
  amount = '';
  #asset: Asset | undefined;
  /** Complaints wait until the form was sent once. */
  #asked = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly check: (asset: Asset, to: Address, amount: bigint) => void,
  ) {}

  #chosen({ balances }: FormView): Asset {
    return this.#asset ?? balances.list[0]!.asset;
  }

  #problems(view: FormView): { recipient?: string | undefined; amount?: string | undefined } {
    const { t, session, account } = view;
    const read = readRecipient(this.recipient, account, session.profile);
    const said = {
      missing: t.recipientMissing,
      invalid: t.recipientInvalid,
      checksum: t.recipientChecksum,
      self: t.recipientSelf,
      nobody: t.recipientNobody,
      contract: t.recipientContract,
    };
    return {
      recipient: 'problem' in read ? said[read.problem] : undefined,
      amount: this.#amountProblem(view),
    };
  }

  #amountProblem(view: FormView): string | undefined {
    const { t, language, balances } = view;
    const asset = this.#chosen(view);
    const amount = parseAmount(this.amount, asset.decimals, language);
    const { proven } = balances.of(asset);
    if (amount === undefined) return t.amountInvalid(asset.decimals);
    if (amount === 0n) return t.amountZero;
    return proven && amount > proven.value ? t.amountTooMuch : undefined;
  }

  render(
    view: FormView,
    state: { busy: boolean; error?: Parameters<typeof renderError>[0] },
  ): TemplateResult {
    const { t, language, session, balances } = view;
    const asset = this.#chosen(view);
    const { proven } = balances.of(asset);
    const problems = this.#asked ? this.#problems(view) : {};
    return html`<form novalidate @submit=${(event: Event) => this.#submit(event, view)}>
      <div class="field">
        <label for="asset">${t.what}</label>
        <select id="asset" ?disabled=${state.busy} @change=${(event: Event) => this.#choose(event, balances)}>
          ${balances.list.map(
            ({ asset: offered }, index) =>
              html`<option value=${index} ?selected=${offered === asset}>
                ${offered.name === offered.symbol ? offered.symbol : `${offered.symbol} · ${offered.name}`}
              </option>`,
          )}
        </select>
        <div class="hint row">
          ${
            proven
              ? html`<span
                    >${t.available}
                    ${renderAmount(proven.value, asset.decimals, asset.symbol, language, decimalsShown(asset))}</span
                  >
                  ${renderRung(proven, session, t.balanceOf(asset.symbol), language)}`
              : html`<span class="skeleton">0,000.00</span>`
          }
        </div>
      </div>
      <div class="field">
        <label for="recipient">${t.recipient}</label>
        <input
          id="recipient"
          class="mono"
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck="false"
          maxlength="64"
          placeholder="0x…"
          .value=${this.recipient}
          ?readonly=${state.busy}
          aria-invalid=${problems.recipient ? 'true' : nothing}
          aria-describedby="recipient-error"
          @input=${(event: Event) => this.#set({ recipient: (event.target as HTMLInputElement).value })}
        />
        <p class="field-error" id="recipient-error" ?hidden=${!problems.recipient} aria-live="polite">
          ${problems.recipient}
        </p>
      </div>
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
            maxlength="80"
            .value=${this.amount}
            ?readonly=${state.busy}
            aria-invalid=${problems.amount ? 'true' : nothing}
            aria-describedby="amount-unit amount-error"
            @input=${(event: Event) => this.#set({ amount: (event.target as HTMLInputElement).value })}
          />
          <span class="muted" id="amount-unit">${asset.symbol}</span>
          <button
            type="button"
            class="quiet small"
            ?disabled=${!proven || state.busy}
            @click=${() => this.#all(view)}
          >
            ${t.max}
          </button>
        </div>
        <p class="field-error" id="amount-error" ?hidden=${!problems.amount} aria-live="polite">
          ${problems.amount}
        </p>
      </div>
      ${
        state.error
          ? html`<div tabindex="-1" data-focus>
              ${renderError(state.error, language, { catalogue: accountErrors(t) })}
            </div>`
          : nothing
      }
      <div class="actions">
        <button type="submit" class="primary wide" ?disabled=${state.busy}>
          ${state.busy ? t.checking : t.review}
        </button>
      </div>
    </form>`;
  }

  #choose(event: Event, balances: Balances): void {
    this.#asset = balances.list[Number((event.target as HTMLSelectElement).value)]!.asset;
    this.#set({ amount: '' });
  }

  #all(view: FormView): void {
    const asset = this.#chosen(view);
    const held = view.balances.of(asset).proven?.value ?? 0n;
    const kept = asset.kind === 'native' ? KEPT_FOR_FEES : 0n;
    this.#set({ amount: formatAmount(held > kept ? held - kept : 0n, asset.decimals, view.language) });
  }

  #set(change: { recipient?: string; amount?: string }): void {
    Object.assign(this, change);
    this.host.requestUpdate();
  }

  async #submit(event: Event, view: FormView): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { session, account, language } = view;
    this.#asked = true;
    const asset = this.#chosen(view);
    const read = readRecipient(this.recipient, account, session.profile);
    const amount = parseAmount(this.amount, asset.decimals, language);
    if ('address' in read && amount !== undefined && !this.#amountProblem(view)) {
      this.check(asset, read.address, amount);
      return;
    }
    this.host.requestUpdate();
    await this.host.updateComplete;
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
}
