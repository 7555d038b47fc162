import { html, nothing, type TemplateResult } from 'lit';
import type { CaseDetail } from '../../protocol/issuer-desk.ts';
import { countryName } from '../../elements/shared/countries.ts';
import { formatDay, termsOf, type View } from '../view.ts';

/** The form while it is there, and afterwards what is kept. */
export function renderSubject(view: View, { subject, summary }: CaseDetail): TemplateResult {
  const { t, language } = view;
  if (!subject) return html`<section class="card"><p class="muted">${t.nothingKept}</p></section>`;
  const fact = (label: string, value: unknown) =>
    value === undefined
      ? nothing
      : html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`;
  const open =
    summary.state === 'documents' || (summary.state === 'review' && summary.cause === 'application');
  return html`<section class="card">
    <h3>${open ? t.application : t.kept}</h3>
    <dl class="facts">
      ${fact(t.company, subject.company)} ${fact(t.givenName, subject.givenName)}
      ${fact(t.familyName, subject.familyName)} ${fact(t.birth, formatDay(subject.birth, language))}
      ${fact(t.country, countryName(subject.country, language))}
      ${fact(t.nationality, subject.nationality === undefined ? undefined : countryName(subject.nationality, language))}
      ${fact(t.documentNumber, subject.document)}
      ${fact(t.sourceOfFunds, subject.sourceOfFunds && termsOf(view).funds[subject.sourceOfFunds])}
      ${fact(t.claims, subject.professional ? t.claimsProfessional : undefined)}
    </dl>
  </section>`;
}

export function renderCredential(view: View, { credential }: CaseDetail): TemplateResult | typeof nothing {
  const { t, language } = view;
  if (!credential) return nothing;
  return html`<section class="card">
    <h3>${t.credential}</h3>
    <dl class="facts">
      <div>
        <dt>${t.tier}</dt>
        <dd>${credential.tier}</dd>
      </div>
      <div>
        <dt>${t.validUntil}</dt>
        <dd>${formatDay(credential.expiry, language)}</dd>
      </div>
      <div>
        <dt>${t.leafIndex}</dt>
        <dd>${credential.index}</dd>
      </div>
      <div>
        <dt>${t.generation}</dt>
        <dd>${credential.generation}</dd>
      </div>
    </dl>
  </section>`;
}
