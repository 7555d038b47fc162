import { html, nothing, type TemplateResult } from 'lit';
import { formatDate } from '../../elements/shared/format.ts';
import type { DocumentKind } from '../../protocol/application-status.ts';
import type { CaseDetail, CaseDocument } from '../../protocol/issuer-desk.ts';
import { termsOf, type View } from '../view.ts';

/** Pictures in place, once somebody asks to see one: looking is in the record. A PDF is downloaded, never run here. */
export function renderDocuments(
  view: View,
  { documents, needs, summary }: CaseDetail,
  shown: ReadonlyMap<DocumentKind, string>,
  actions: { show(document: CaseDocument): void; hide(kind: DocumentKind): void },
): TemplateResult | typeof nothing {
  const { t, language } = view;
  const kinds = termsOf(view).documents;
  const open = summary.state === 'documents' || summary.cause === 'application';
  if (!open) return nothing;
  return html`<section class="card">
    <h3>${t.documents}</h3>
    ${needs.length > 0 ? html`<p class="note">${t.stillNeeded(needs.map((kind) => kinds[kind]).join(' · '))}</p>` : nothing}
    ${documents.length === 0 && needs.length === 0 ? html`<p class="muted">${t.noDocuments}</p>` : nothing}
    <ul class="list">
      ${documents.map((document) => {
        const url = shown.get(document.kind);
        const name = kinds[document.kind];
        return html`<li class="stack tight">
          <div class="row wrap">
            <div>
              <div>${name}</div>
              <div class="small muted">
                ${document.type} · ${size(document.bytes, language)} · ${formatDate(document.at, language)}
              </div>
            </div>
            ${
              url
                ? html`<button
                    type="button"
                    class="secondary"
                    aria-label="${t.hide}: ${name}"
                    @click=${() => actions.hide(document.kind)}
                  >
                    ${t.hide}
                  </button>`
                : html`<button
                    type="button"
                    class="secondary"
                    aria-label="${document.type === 'application/pdf' ? t.download : t.show}: ${name}"
                    @click=${() => actions.show(document)}
                  >
                    ${document.type === 'application/pdf' ? t.download : t.show}
                  </button>`
            }
          </div>
          ${url ? html`<img class="document" src=${url} alt=${t.shown(name)} />` : nothing}
        </li>`;
      })}
    </ul>
  </section>`;
}

function size(bytes: number, language: string): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}
