import { html, nothing, type TemplateResult } from 'lit';
import { renderAddress } from '../../shared/address.ts';
import { errorWords, renderError } from '../../shared/error-box.ts';
import { renderAmount } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderRung } from '../../shared/rung.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import { decimalsShown } from './assets.ts';
import { type Balance, type Balances, isRefusal } from './balances.ts';
import type { Funding } from './funding.ts';
import type { OpenView } from '../view.ts';
import { accountErrors } from './account-errors.ts';

export interface AccountActions {
  send(): void;
  receive(): void;
  settings(): void;
  fund(): void;
}

/** Whose wallet it is, the money in it, and what can be done with it. */
export function renderAccount(view: OpenView, balances: Balances, actions: AccountActions): TemplateResult {
  const { t, language, account } = view;
  const cash = balances.list.find(({ asset }) => asset.kind === 'cash')!;
  return html`<header class="row owner" part="account">
      <h2 class="visually-hidden" tabindex="-1" data-focus>${t.wallet}</h2>
      ${renderAddress(account, language)}
      <button
        type="button"
        class="icon"
        aria-label=${t.settings}
        title=${t.settings}
        @click=${actions.settings}
      >
        ${icons.settings()}
      </button>
    </header>
    ${renderTrouble(view, balances)}
    <div class="cash" part="balance">
      <p class="row start small muted">${t.balance} ${rung(view, cash, t.balanceOf(cash.asset.symbol))}</p>
      ${number(view, cash, true)}
    </div>
    <div class="pair">
      <button type="button" class="secondary" @click=${actions.send}>${icons.send()} ${t.send}</button>
      <button type="button" class="secondary" @click=${actions.receive}>
        ${icons.receive()} ${t.receive}
      </button>
    </div>`;
}

/** What else is held: units of funds, and the coin that pays for fees. */
export function renderHoldings(
  view: OpenView,
  balances: Balances,
  funding: Funding,
  actions: AccountActions,
): TemplateResult {
  const { t, language, session } = view;
  const funds = balances.list.filter(({ asset }) => asset.kind === 'fund');
  const native = balances.list.find(({ asset }) => asset.kind === 'native')!;
  return html`<div class="stack">
    ${balances.empty ? renderEmpty(view, funding, actions) : nothing}
    <ul class="list holdings" part="holdings" aria-label=${t.holdings}>
      ${funds.map(
        (balance) =>
          html`<li>
            <div class="what">
              <span>${balance.asset.name}</span>
              ${rung(view, balance, t.balanceOf(balance.asset.symbol))}
            </div>
            ${number(view, balance)}
          </li>`,
      )}
      <li class="native small muted">
        <div class="what">
          <span>${t.forFees}</span> ${rung(view, native, t.balanceOf(native.asset.symbol))}
        </div>
        ${number(view, native)}
      </li>
    </ul>
    ${
      session.profile.services.faucet && !balances.empty && native.proven?.value === 0n
        ? renderFaucet(view, funding, actions, 'secondary')
        : nothing
    }
    ${renderError(funding.error, language, { catalogue: accountErrors(t) })}
  </div>`;
}

function renderEmpty(view: OpenView, funding: Funding, actions: AccountActions): TemplateResult {
  const { t, session } = view;
  return html`<div class="empty">
    <p><strong>${t.emptyTitle}</strong></p>
    <p class="small muted">${t.emptyIntro}</p>
    ${session.profile.services.faucet ? renderFaucet(view, funding, actions, 'secondary') : nothing}
  </div>`;
}

function renderFaucet(
  { t }: OpenView,
  funding: Funding,
  actions: AccountActions,
  kind: 'secondary',
): TemplateResult {
  return html`<button type="button" class=${kind} ?disabled=${funding.busy} @click=${actions.fund}>
    ${funding.busy ? t.addingTestDollars : t.addTestDollars}
  </button>`;
}

/** The chain being away, or its answers being refused, said once for all numbers. */
function renderTrouble(
  { t, language, session }: OpenView,
  balances: Balances,
): TemplateResult | typeof nothing {
  const words = sharedWords(language);
  const { phase, error, heads } = session.status;
  if ((phase === 'starting' || phase === 'syncing') && !heads.attested)
    return html`<p class="small muted" role="status">${t.syncing}</p>`;
  if (error && phase === 'refused')
    return renderError(error, language, {
      catalogue: { [error.code]: { message: words.refused, next: words.refusedNext } },
      tone: 'warning',
    });
  if (error && phase === 'unreachable')
    return renderError(error, language, {
      catalogue: { [error.code]: { message: words.unreachable, next: words.unreachableNext } },
      tone: 'warning',
    });
  return renderError(balances.refused, language, { catalogue: accountErrors(t), tone: 'warning' });
}

function number(view: OpenView, { asset, proven, error }: Balance, large = false): TemplateResult {
  const { language } = view;
  if (proven)
    return renderAmount(proven.value, asset.decimals, asset.symbol, language, {
      ...decimalsShown(asset),
      large,
    });
  if (error && isRefusal(error))
    return html`<span class="small negative-text"
      >${errorWords(error, language, accountErrors(view.t)).message}</span
    >`;
  return html`<span class="amount ${large ? 'large' : ''}"
    ><span class="skeleton" aria-hidden="true">0,000.00</span
    ><span class="visually-hidden">${view.t.proving}</span></span
  >`;
}

function rung(
  { session, language }: OpenView,
  { proven }: Balance,
  label: string,
): TemplateResult | typeof nothing {
  return proven
    ? renderRung(proven, session, label, language)
    : html`<span class="rung-space" aria-hidden="true"></span>`;
}
