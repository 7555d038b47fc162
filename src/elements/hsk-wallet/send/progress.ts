import { html, nothing, type TemplateResult } from 'lit';
import { serializeError } from '../../../protocol/errors.ts';
import { renderAddress, renderHash } from '../../shared/address.ts';
import { renderDelay } from '../../shared/delay.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate, renderAmount } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderJourney } from '../../shared/progress.ts';
import { renderRung } from '../../shared/rung.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import { inFull } from '../account/assets.ts';
import type { OpenView } from '../view.ts';
import { accountErrors } from '../account/account-errors.ts';
import { amountWords } from './review.ts';
import { canRetry, type SendOrder, type SendState } from './send-machine.ts';

type At<S extends SendState['step']> = Extract<SendState, { step: S }>;

/** The way of a signed transfer, step by step; it goes on by itself when the chain was away. */
export function renderSending(view: OpenView, { order, progress }: At<'sending'>): TemplateResult {
  const { t, language, session } = view;
  const at = { preparing: 0, broadcasting: 1, pending: 2, sequenced: 3 }[progress.stage];
  const steps = [t.stepSign, t.stepBroadcast, t.stepInclude, t.stepAttest];
  const problem = 'problem' in progress ? progress.problem : undefined;
  const delay = renderDelay(problem && serializeError(problem), session.status, language, {
    message: sharedWords(language).unreachable,
    next: t.goesOn,
  });
  return html`<div class="stack" aria-live="polite">
    <h3 class="title" tabindex="-1" data-focus>${t.sendingTitle(amountWords(order, language))}</h3>
    ${renderJourney(steps, at, t)}
    ${
      delay === nothing
        ? html`<p class="small muted">${progress.stage === 'preparing' ? '' : t.mayClose}</p>`
        : delay
    }
  </div>`;
}

export function renderSent(
  view: OpenView,
  { order, receipt }: At<'sent'>,
  actions: { again(): void; close(): void },
): TemplateResult {
  const { t, language } = view;
  return html`<div class="stack">
    <div class="row start">
      <span class="seal">${icons.check()}</span>
      <h3 class="title" tabindex="-1" data-focus>${t.sentTitle(amountWords(order, language))}</h3>
    </div>
    <dl class="facts">
      ${renderOrder(view, order)}
      <div>
        <dt>${t.sentAt}</dt>
        <dd class="small">${formatDate(receipt.block.timestamp, language)}</dd>
      </div>
      ${renderProof(view, receipt)}
    </dl>
    <div class="actions">
      <button type="button" class="primary wide" @click=${actions.close}>${t.doneButton}</button>
      <button type="button" class="quiet wide" @click=${actions.again}>${t.sendAnother}</button>
    </div>
  </div>`;
}

export function renderFailed(
  view: OpenView,
  { order, error, receipt, hash }: At<'failed'>,
  actions: { retry(): void; again(): void },
): TemplateResult {
  const { t, language } = view;
  return html`<div class="stack">
    <h3 class="title" tabindex="-1" data-focus>${t.notSentTitle}</h3>
    ${renderError(error, language, { catalogue: accountErrors(t) })}
    <dl class="facts">
      ${renderOrder(view, order)}
      ${
        receipt
          ? renderProof(view, receipt)
          : html`<div>
              <dt>${t.transaction}</dt>
              <dd>${renderHash(hash, t.transaction, language)}</dd>
            </div>`
      }
    </dl>
    <div class="actions">
      ${
        canRetry(error)
          ? html`<button type="button" class="primary wide" @click=${actions.retry}>
              ${sharedWords(language).tryAgain}
            </button>`
          : nothing
      }
      <button type="button" class="${canRetry(error) ? 'quiet' : 'secondary'} wide" @click=${actions.again}>
        ${t.startAgain}
      </button>
    </div>
  </div>`;
}

function renderOrder({ t, language }: OpenView, { asset, amount, to }: SendOrder): TemplateResult {
  return html`<div>
      <dt>${t.amount}</dt>
      <dd>${renderAmount(amount, asset.decimals, asset.symbol, language, inFull(asset))}</dd>
    </div>
    <div>
      <dt>${t.recipient}</dt>
      <dd>${renderAddress(to, language)}</dd>
    </div>`;
}

function renderProof({ t, language, session }: OpenView, receipt: At<'sent'>['receipt']): TemplateResult {
  const hash = receipt.value.transactionHash;
  return html`<div>
      <dt>${t.proof}</dt>
      <dd>${renderRung(receipt, session, t.proofOfSending, language)}</dd>
    </div>
    <div>
      <dt>${t.transaction}</dt>
      <dd>${renderHash(hash, t.transaction, language)}</dd>
    </div>`;
}
