import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import type { KnownToken, RequestDescription, Warning } from '../../../wallet/describe-request.ts';
import type { ApprovalRequest } from '../../../wallet/wallet.ts';
import { renderAddress, renderWholeAddress } from '../../shared/address.ts';
import { formatDate, renderAmount } from '../../shared/format.ts';
import { type AccountWords, accountWords } from '../account/account.messages.ts';
import type { View } from '../view.ts';

type ApprovalView = Omit<View, 't'> & { t: AccountWords };

/** Milliseconds before a fresh request can be approved: nobody approves what just slid under their finger. */
const SETTLE = 600;

/** What a site asks for, in full, and the person's answer. */
export class Approval {
  #shown: { id: string; at: number } | undefined;
  #understood = false;
  #asked = false;

  constructor(private readonly host: ReactiveControllerHost) {}

  title({ language }: View, { description }: ApprovalRequest): string {
    return accountWords(language)[TITLES[description.kind]];
  }

  /** @param unlock what a locked wallet asks for first */
  render(asked: View, request: ApprovalRequest, unlock: TemplateResult): TemplateResult {
    const view: ApprovalView = { ...asked, t: accountWords(asked.language) };
    const { t } = view;
    const { state } = view.session.wallet;
    if (this.#shown?.id !== request.id) this.#begin(request);
    const { description, origin } = request;
    const held = Date.now() - this.#shown!.at < SETTLE;
    const missing = this.#asked && !this.#understood;
    return html`<div class="stack" data-request=${description.kind}>
      <p class="muted">${t.requestFrom} <strong class="origin">${origin}</strong></p>
      ${renderDescription(view, description)}
      ${description.warnings.map(
        (warning) =>
          html`<div class="note negative" data-warning=${warning}>
            <p><strong>${t[WARNINGS[warning]]}</strong></p>
          </div>`,
      )}
      ${
        state !== 'unlocked'
          ? html`<p class="note">${state === 'empty' ? t.createFirst : t.unlockToAnswer}</p>
              ${state === 'empty' ? nothing : unlock}
              <div class="actions">
                <button type="button" class="quiet wide" @click=${() => request.decline()}>
                  ${t.decline}
                </button>
              </div>`
          : html`${description.warnings.length > 0 ? this.#consent(t, missing) : nothing}
              <div class="pair">
                <button type="button" class="secondary" @click=${() => request.decline()}>
                  ${t.decline}
                </button>
                <button
                  type="button"
                  class=${description.warnings.length > 0 ? 'danger' : 'primary'}
                  ?disabled=${held}
                  @click=${(event: Event) => this.#approve(event, request)}
                >
                  ${t[APPROVALS[description.kind]]}
                </button>
              </div>`
      }
    </div>`;
  }

  #begin({ id }: ApprovalRequest): void {
    this.#shown = { id, at: Date.now() };
    this.#understood = false;
    this.#asked = false;
    setTimeout(() => this.host.requestUpdate(), SETTLE + 10);
  }

  #consent(t: AccountWords, missing: boolean): TemplateResult {
    return html`<div>
      <label class="choice">
        <input
          id="understood"
          type="checkbox"
          .checked=${this.#understood}
          aria-invalid=${missing ? 'true' : nothing}
          aria-describedby="understood-error"
          @change=${(event: Event) => {
            this.#understood = (event.target as HTMLInputElement).checked;
            this.host.requestUpdate();
          }}
        />
        <span>${t.understood}</span>
      </label>
      <p class="field-error" id="understood-error" ?hidden=${!missing} aria-live="polite">
        ${t.understoodMissing}
      </p>
    </div>`;
  }

  #approve(event: Event, request: ApprovalRequest): void {
    if (request.description.warnings.length === 0 || this.#understood) {
      request.approve();
      return;
    }
    this.#asked = true;
    this.host.requestUpdate();
    const root = (event.currentTarget as HTMLElement).getRootNode() as ShadowRoot;
    root.querySelector<HTMLElement>('#understood')?.focus();
  }
}

type Kind = RequestDescription['kind'];

const TITLES = {
  connect: 'requestConnect',
  message: 'requestMessage',
  transfer: 'requestTransfer',
  payment: 'requestTransfer',
  allowance: 'requestAllowance',
  order: 'requestOrder',
  call: 'requestCall',
  'typed-data': 'requestTypedData',
} as const satisfies Record<Kind, keyof AccountWords>;

const APPROVALS = {
  connect: 'approveConnect',
  message: 'approveSign',
  transfer: 'approveTransfer',
  payment: 'approveTransfer',
  allowance: 'approveAllowance',
  order: 'approveSign',
  call: 'approveSend',
  'typed-data': 'approveSign',
} as const satisfies Record<Kind, keyof AccountWords>;

const WARNINGS = {
  unknown: 'warnUnknown',
  unlimited: 'warnUnlimited',
  'token-unknown': 'warnToken',
  'not-yours': 'warnNotYours',
  'long-lived': 'warnLongLived',
  unreadable: 'warnUnreadable',
  expired: 'warnExpired',
} as const satisfies Record<Warning, keyof AccountWords>;

function renderDescription(view: ApprovalView, description: RequestDescription): TemplateResult {
  const { t, language } = view;
  const rows = facts(view, description);
  return html`${description.kind === 'connect' ? html`<p>${t.connectMeans}</p>` : nothing}
  ${rows.length > 0 ? html`<dl class="facts">${rows}</dl>` : nothing} ${verbatim(view, description)}
  ${
    description.kind === 'allowance' || description.kind === 'transfer'
      ? description.until === undefined
        ? nothing
        : html`<p class="small muted">${t.validUntil(formatDate(description.until, language))}</p>`
      : nothing
  }
  ${
    description.digest
      ? html`<details>
          <summary>${t.digest}</summary>
          <p class="mono tiny">${description.digest}</p>
        </details>`
      : nothing
  }`;
}

function facts(view: ApprovalView, description: RequestDescription): TemplateResult[] {
  const { t, language, session } = view;
  const { account } = session.wallet;
  switch (description.kind) {
    case 'connect':
      return account ? [fact(t.account, renderAddress(account, language, { copy: false }))] : [];
    case 'message':
    case 'typed-data':
      return 'contract' in description && description.contract
        ? [fact(t.contract, renderWholeAddress(description.contract))]
        : [];
    case 'transfer':
      return [
        fact(t.youSend, tokens(description.amount, description.token, view), true),
        fact(t.recipient, renderWholeAddress(description.to)),
      ];
    case 'payment': {
      const coin = { symbol: description.currency, decimals: 18 };
      return [
        fact(t.youSend, renderAmount(description.amount, coin.decimals, coin.symbol, language), true),
        fact(t.recipient, renderWholeAddress(description.to)),
      ];
    }
    case 'allowance':
      return [
        fact(
          t.mayTake,
          description.warnings.includes('unlimited')
            ? t.everything(description.token.symbol ?? '')
            : tokens(description.amount, description.token, view),
          true,
        ),
        fact(t.spender, renderWholeAddress(description.spender)),
      ];
    case 'order':
      return [
        fact(t.youSell, tokens(description.maxQuantity, description.asset, view), true),
        fact(t.pricePerUnit, tokens(description.price, description.payment, view)),
        fact(t.until, formatDate(description.until, language)),
      ];
    case 'call':
      return [
        fact(t.contract, html`${description.contract ?? nothing} ${renderWholeAddress(description.to)}`),
        ...(description.value > 0n
          ? [fact(t.youSend, renderAmount(description.value, 18, description.currency, language), true)]
          : []),
      ];
  }
}

/** What cannot be told in a person's words is shown as it is. */
function verbatim({ t }: ApprovalView, description: RequestDescription): TemplateResult | typeof nothing {
  const [label, text] =
    description.kind === 'message'
      ? [t.message, description.text]
      : description.kind === 'typed-data'
        ? [description.name || t.message, description.json]
        : description.kind === 'call'
          ? [t.callData, description.data]
          : ['', ''];
  if (!text) return nothing;
  return html`<div class="field">
    <p class="small">${label}</p>
    <div class="box mono verbatim" tabindex="0" role="region" aria-label=${label}>${text}</div>
  </div>`;
}

function fact(label: string, value: unknown, total = false): TemplateResult {
  return html`<div class=${total ? 'total' : ''}>
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Of an unknown token only the base units are known, and its contract. */
function tokens(amount: bigint, token: KnownToken, { t, language }: ApprovalView): TemplateResult {
  if (token.symbol)
    return renderAmount(amount, token.decimals, token.symbol, language, {
      min: token.symbol === STABLECOIN.symbol ? 2 : 0,
    });
  return html`${renderAmount(amount, 0, t.baseUnits, language)} ${renderWholeAddress(token.address)}`;
}
