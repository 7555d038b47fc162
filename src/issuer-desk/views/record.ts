import { html, nothing, type TemplateResult } from 'lit';
import { formatDate } from '../../elements/shared/format.ts';
import type { AuditEntry } from '../../protocol/issuer-desk.ts';
import { termsOf, type View } from '../view.ts';

/** Lines of the record that are shown at once; the download has all. */
const SHOWN = 200;

/** The audit log, newest first. */
export function renderRecord(view: View, lines: readonly AuditEntry[], download: () => void): TemplateResult {
  const { t } = view;
  const last = lines.at(-1)?.hash;
  return html`<section class="card">
    <p class="small muted">${t.logIntro}</p>
    ${last ? html`<p class="small">${t.lastHash} <code>${last}</code></p>` : nothing}
    <div><button type="button" class="secondary" @click=${download}>${t.downloadLog}</button></div>
    ${renderLines(view, lines.slice(-SHOWN).toReversed(), true)}
  </section>`;
}

/** What was done with one case. */
export function renderHistory(view: View, lines: readonly AuditEntry[]): TemplateResult {
  const { t } = view;
  return html`<section class="card">
    <h3>${t.history}</h3>
    ${lines.length === 0 ? html`<p class="muted">${t.noHistory}</p>` : renderLines(view, lines.toReversed())}
  </section>`;
}

function renderLines(view: View, lines: readonly AuditEntry[], named = false): TemplateResult {
  const { language } = view;
  return html`<ol class="list record">
    ${lines.map(
      (line) =>
        html`<li>
          <div class="row wrap">
            <span
              >${termsOf(view).actions[line.action] ?? line.action}${line.reason ? html` <span class="muted">${reasonOf(view, line)}</span>` : nothing}</span
            >
            <span class="small muted"
              >${named && line.case ? html`<code>${line.case.slice(0, 8)}</code> · ` : nothing}${line.who} ·
              ${formatDate(line.at, language)}</span
            >
          </div>
          ${line.memo ? html`<p class="small">${line.memo}</p>` : nothing}
        </li>`,
    )}
  </ol>`;
}

function reasonOf(view: View, { reason = '' }: AuditEntry): string {
  const { refusals, revocations, documents } = termsOf(view);
  const known: Record<string, string> = { ...refusals, ...revocations, ...documents, case: view.t.theCase };
  return reason
    .split(', ')
    .map((one) => known[one] ?? one)
    .join(', ');
}
