import { html, nothing, type TemplateResult } from 'lit';
import { formatPercent } from '../../elements/shared/format.ts';
import type { CaseDetail, CaseSubject, Finding } from '../../protocol/issuer-desk.ts';
import { countryName } from '../../elements/shared/countries.ts';
import { formatDay, type View } from '../view.ts';

/** Every finding with what it is like, side by side, and whether somebody looked at it. */
export function renderFindings(
  view: View,
  detail: CaseDetail,
  cleared: ReadonlySet<string>,
  clear: (id: string, on: boolean) => void,
): TemplateResult | typeof nothing {
  const { t } = view;
  const { findings, subject, summary } = detail;
  if (!subject || summary.state === 'issued') return nothing;
  const reported = summary.cause === 'screening' && findings.every(({ id }) => detail.cleared.includes(id));
  return html`<section class="card">
    <h3>${t.screening}</h3>
    ${reported ? html`<p class="note warning">${t.providerMatch}</p>` : nothing}
    ${
      findings.length === 0
        ? html`<p class="muted">${t.screeningClear}</p>`
        : html`<p class="small muted">${t.screeningIntro}</p>
            ${findings.map(
              (finding) =>
                html`<div class="finding">
                  ${renderFinding(view, finding, subject)}
                  ${
                    detail.cleared.includes(finding.id)
                      ? html`<p class="small positive-text">${t.clearedBefore}</p>`
                      : summary.state === 'review'
                        ? html`<label class="choice"
                            ><input
                              type="checkbox"
                              .checked=${cleared.has(finding.id)}
                              @change=${(event: Event) => clear(finding.id, (event.target as HTMLInputElement).checked)}
                            /><span>${lookedAt(view, finding)}</span></label
                          >`
                        : nothing
                  }
                </div>`,
            )}`
    }
  </section>`;
}

function lookedAt({ t }: View, { kind }: Finding): string {
  return { name: t.somebodyElse, country: t.countryLookedAt, script: t.scriptLookedAt }[kind];
}

function renderFinding(view: View, finding: Finding, subject: CaseSubject): TemplateResult {
  const { t, language } = view;
  if (finding.kind === 'country')
    return html`<p>${t.listedCountry(countryName(finding.country, language))}</p>`;
  if (finding.kind === 'script') return html`<p>${t.otherScript(finding.subject)}</p>`;
  const { entry, grade, score } = finding;
  const born = entry.born.join(', ') || '–';
  const row = (label: string, ours: unknown, theirs: unknown) =>
    html`<tr>
      <th scope="row">${label}</th>
      <td>${ours}</td>
      <td>${theirs}</td>
    </tr>`;
  return html`<p>
      <strong>${grade === 'exact' ? t.exact : t.possible(formatPercent(score / 1000, language))}</strong>
      <span class="small muted">${finding.source} · ${entry.id}</span>
    </p>
    <table>
      <thead>
        <tr>
          <td></td>
          <th scope="col">${t.applicant}</th>
          <th scope="col">${t.onList}</th>
        </tr>
      </thead>
      <tbody>
        ${row(t.name, finding.subject, finding.matched)}
        ${row(t.born, formatDay(subject.birth, language), born)}
        ${
          entry.aliases.length > 0 || entry.name !== finding.matched
            ? row(
                t.aliases,
                '–',
                [entry.name, ...entry.aliases].filter((one) => one !== finding.matched).join(' · '),
              )
            : nothing
        }
        ${entry.programme ? row(t.programme, '–', entry.programme) : nothing}
        ${entry.remarks ? row(t.remarks, '–', entry.remarks) : nothing}
      </tbody>
    </table>`;
}
