import { html, nothing, type TemplateResult } from 'lit';
import { endOfDay, validityUntil } from '../../../identity/validity.ts';
import { isRenewing, renewalReason } from '../../../market/renewal.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate, formatDay } from '../../shared/format.ts';
import { renderProgress } from '../../shared/progress.ts';
import { applicationErrors } from '../application-errors.ts';
import { applicationWords } from '../application.messages.ts';
import type { View } from '../view.ts';
import { renderProofProgress } from './eligibility.ts';

export interface RenewalActions {
  /** Proves again. */
  renew(): void;
  /** Applies for another credential. */
  reapply(): void;
}

/** What of the buyer's admission or verification is ending or has ended, told ahead, and put right by one press. */
export function renderRenewal(
  view: View,
  step: string,
  actions: RenewalActions,
): TemplateResult | typeof nothing {
  const { t, language, admission, renewal, now, holding } = view;
  const w = applicationWords(language);
  if (renewal.phase === 'proving') return renderProofProgress(renewal, t, language);
  if (renewal.phase === 'admitting')
    return renderProgress(t.admitting, { detail: renewal.sent ? t.admittingSent : '', language });
  // The step itself is about it.
  if (step === 'proving' || step === 'admitting') return nothing;
  const reason = admission && renewalReason(admission.value, now);
  const holds = (holding?.units.value ?? 0n) > 0n;
  if (admission && reason && (holds || admission.value.admitted)) {
    const said = {
      policy: w.policyChanged,
      lapsed: w.lapsed,
      ending: w.ending(formatDate(admission.value.expiry, language, 'date')),
    };
    const provable = step === 'quoting' || step === 'reviewing' || step === 'eligible' || step === 'settled';
    return html`<div class="note warning" role="status">
      <p><strong>${said[reason]}</strong></p>
      ${
        provable
          ? html`<p>${w.renewHint}</p>
              <div>
                <button type="button" class="secondary" @click=${actions.renew}>${w.proveAgain}</button>
              </div>`
          : nothing
      }
      ${
        renewal.phase === 'failed'
          ? renderError(renewal.error, language, { catalogue: applicationErrors(t, language) })
          : nothing
      }
    </div>`;
  }
  return html`${renewal.phase === 'done' ? html`<p class="note positive" role="status">${w.renewed}</p>` : nothing}
  ${renderCredentialEnding(view, step, actions)}`;
}

function renderCredentialEnding(
  { language, credentialEnds, now, renewal }: View,
  step: string,
  actions: RenewalActions,
): TemplateResult | typeof nothing {
  if (credentialEnds === undefined || isRenewing(renewal)) return nothing;
  if (validityUntil(endOfDay(credentialEnds), now) !== 'ending') return nothing;
  const w = applicationWords(language);
  return html`<div class="note warning" role="status">
    <p><strong>${w.credentialEnding(formatDay(credentialEnds, language))}</strong></p>
    <p>${w.credentialEndingHint}</p>
    ${
      step === 'quoting' || step === 'eligible'
        ? html`<div>
            <button type="button" class="secondary" @click=${actions.reapply}>${w.renew}</button>
          </div>`
        : nothing
    }
  </div>`;
}
