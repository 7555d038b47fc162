import { html, nothing, type TemplateResult } from 'lit';
import type { RefusalReason } from '../../../protocol/application-status.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate, formatDay } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { type ApplicationWords, applicationWords } from '../application.messages.ts';
import type { StepView } from '../view.ts';
import type { Withdrawal } from './withdrawal.ts';

/** A person decides: since when, and that nobody has to wait here. */
export function renderInReview(view: StepView<'in-review'>, withdrawal: Withdrawal): TemplateResult {
  const { t, language, state } = view;
  const w = applicationWords(language);
  return html`<div class="stack">
    <div class="stack tight" role="status">
      <h3 class="title" tabindex="-1" data-focus>${w.reviewTitle}</h3>
      <p class="row start small muted">
        ${icons.clock()} ${w.reviewSince(formatDate(state.since, language))}
      </p>
      <p>${w.reviewIntro}</p>
    </div>
    ${renderError(state.error, language, {
      catalogue: { ISSUER_UNREACHABLE: { message: t.issuerFailed, next: w.reviewGoesOn } },
      tone: 'warning',
    })}
    ${withdrawal.render(view)}
  </div>`;
}

/** Why in words, what to do about it, and no more than the issuer says. */
export function renderRefused(view: StepView<'refused'>, again: () => void): TemplateResult {
  const { language, state } = view;
  const w = applicationWords(language);
  const [reason, next] = refusalWords(state.reason, w);
  return html`<div class="stack">
    <div class="stack tight" role="alert">
      <h3 class="title" tabindex="-1" data-focus>${w.refusedTitle}</h3>
      <p>${reason}</p>
      <p class="small muted">${next}</p>
    </div>
    ${
      state.note
        ? html`<figure class="note">
            <figcaption class="small muted">${w.reviewerNote}</figcaption>
            <blockquote>${state.note}</blockquote>
          </figure>`
        : nothing
    }
    ${action(w.applyAgain, again)}
  </div>`;
}

export function renderRemoved({ language }: StepView<'removed'>, again: () => void): TemplateResult {
  const w = applicationWords(language);
  return html`<div class="stack">
    <div class="stack tight" role="alert">
      <h3 class="title" tabindex="-1" data-focus>${w.removedTitle}</h3>
      <p>${w.removedIntro}</p>
    </div>
    ${action(w.applyAgain, again)}
  </div>`;
}

export function renderExpired({ language, state }: StepView<'expired'>, again: () => void): TemplateResult {
  const w = applicationWords(language);
  return html`<div class="stack">
    <div class="stack tight" role="alert">
      <h3 class="title" tabindex="-1" data-focus>${w.expiredTitle}</h3>
      <p>${w.expiredOn(formatDay(state.endedOn, language))}</p>
      <p class="small muted">${w.expiredIntro}</p>
    </div>
    ${action(w.renew, again)}
  </div>`;
}

function action(label: string, run: () => void): TemplateResult {
  return html`<div class="actions">
    <button type="button" class="primary wide" @click=${run}>${label}</button>
  </div>`;
}

function refusalWords(reason: RefusalReason, w: ApplicationWords): [reason: string, next: string] {
  switch (reason) {
    case 'document-unreadable':
      return [w.documentUnreadable, w.documentUnreadableNext];
    case 'document-mismatch':
      return [w.documentMismatch, w.documentMismatchNext];
    case 'document-expired':
      return [w.documentExpired, w.documentExpiredNext];
    case 'information-incomplete':
      return [w.informationIncomplete, w.informationIncompleteNext];
    case 'not-verified':
      return [w.notVerified, w.notVerifiedNext];
    case 'declined':
      return [w.declined, w.declinedNext];
  }
}
