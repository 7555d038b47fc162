import { html, nothing, type TemplateResult } from 'lit';
import { formatAge, formatDate } from '../../elements/shared/format.ts';
import type { CaseSummary, DeskOverview } from '../../protocol/issuer-desk.ts';
import { termsOf, type View } from '../view.ts';

/** Counts, and every open case with its age; the oldest first. */
export function renderQueue(view: View, overview: DeskOverview, open: (id: string) => void): TemplateResult {
  const { t } = view;
  const { counts } = overview;
  const review = overview.open.filter(({ state }) => state === 'review');
  const documents = overview.open.filter(({ state }) => state === 'documents');
  return html`<ul class="counts">
      ${count(counts.review, t.countReview)} ${count(counts.documents, t.countDocuments)}
      ${count(counts.issued, t.countIssued)}
      ${counts.lapsed > 0 ? count(counts.lapsed, t.countLapsed) : nothing}
    </ul>
    ${overview.open.length === 0 ? html`<p class="card muted">${t.queueEmpty}</p>` : nothing}
    ${section(view, t.queueReview, review, open)} ${section(view, t.queueDocuments, documents, open)}`;
}

function count(value: number, label: string): TemplateResult {
  return html`<li><strong>${value}</strong> <span class="small muted">${label}</span></li>`;
}

function section(
  view: View,
  title: string,
  cases: readonly CaseSummary[],
  open: (id: string) => void,
): TemplateResult | typeof nothing {
  if (cases.length === 0) return nothing;
  return html`<section class="card">
    <h3>${title}</h3>
    ${renderCases(view, cases, open)}
  </section>`;
}

export function renderCases(
  view: View,
  cases: readonly CaseSummary[],
  open: (id: string) => void,
): TemplateResult {
  const { t, language, now } = view;
  const { states, outcomes } = termsOf(view);
  return html`<ul class="list cases">
    ${cases.map(
      (one) =>
        html`<li>
          <button type="button" class="case" @click=${() => open(one.id)}>
            <span class="who">${one.name ?? one.id.slice(0, 8)}</span>
            <span class="tags">
              ${one.kind ? html`<span class="badge">${one.kind === 'business' ? t.business : t.person}</span>` : nothing}
              ${one.professional ? html`<span class="badge">${t.professional}</span>` : nothing}
              ${one.cause === 'screening' ? html`<span class="badge alarm">${t.foundAgain}</span>` : nothing}
              ${one.findings > 0 ? html`<span class="badge alarm">${t.findings(one.findings)}</span>` : nothing}
              ${
                one.state === 'review' || one.state === 'documents'
                  ? nothing
                  : html`<span class="badge"
                      >${one.outcome ? outcomes[one.outcome] : states[one.state]}</span
                    >`
              }
            </span>
            <time
              class="small muted"
              datetime=${new Date(one.since * 1000).toISOString()}
              title=${formatDate(one.since, language)}
              >${formatAge(one.since, now, language)}</time
            >
          </button>
        </li>`,
    )}
  </ul>`;
}
