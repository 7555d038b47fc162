import { html, nothing, type TemplateResult } from 'lit';
import type { PendingApplication } from '../../../identity/standing.ts';
import { renewalReason } from '../../../market/renewal.ts';
import { HolderKind } from '../../../protocol/zkid.ts';
import { countryName } from '../../shared/countries.ts';
import { formatDate } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import type { OpenView } from '../view.ts';
import type { ProductAdmission } from './identity-part.ts';
import { identityWords } from './identity.messages.ts';

/** What an issuer has not decided yet, or has refused. */
export function renderApplications(
  applications: PendingApplication[],
  { language }: OpenView,
): TemplateResult | typeof nothing {
  if (applications.length === 0) return nothing;
  const w = identityWords(language);
  const said = ({ status }: PendingApplication) =>
    status.state === 'review'
      ? w.stateReview(formatDate(status.since, language))
      : status.state === 'refused'
        ? w.stateRefused
        : w.stateDocuments;
  return html`<ul class="list identity" aria-label=${w.applications}>
    ${applications.map(
      (application) =>
        html`<li>
          <h3 class="subtitle">
            ${application.kind === HolderKind.Business ? w.applicationBusiness : w.applicationPerson}
          </h3>
          <p class="small">${said(application)}</p>
          <p class="small muted">${w.goOn}</p>
        </li>`,
    )}
  </ul>`;
}

/** The funds that have this wallet on their registry, and until when. */
export function renderAdmissions(
  admissions: ProductAdmission[],
  { language, session, now }: OpenView,
): TemplateResult | typeof nothing {
  if (admissions.length === 0) return nothing;
  const w = identityWords(language);
  return html`<section class="stack tight" aria-label=${w.admissions}>
    <h3 class="subtitle">${w.admissions}</h3>
    <ul class="list identity">
      ${admissions.map(({ product, admission }) => {
        const reason = admission.value.revoked ? 'lapsed' : renewalReason(admission.value, now);
        const until = w.admittedUntil(formatDate(admission.value.expiry, language, 'date'));
        const ended = reason === 'lapsed' || reason === 'policy';
        return html`<li>
          <div class="row">
            <span>${product.symbol}</span>
            ${renderRung(admission, session, w.admissionOf(product.symbol), language)}
          </div>
          <p class="small ${ended ? 'negative-text' : ''}">
            ${reason === 'policy' ? w.admissionPolicy : ended ? w.admissionLapsed : until}
          </p>
          ${
            admission.value.country === 0
              ? nothing
              : html`<p class="small muted">
                  ${w.countryShown(countryName(admission.value.country, language))}
                </p>`
          }
          ${
            reason === undefined
              ? nothing
              : html`<p class="note warning">${ended ? w.admissionLapsedNote : w.admissionEnding}</p>`
          }
        </li>`;
      })}
    </ul>
  </section>`;
}
