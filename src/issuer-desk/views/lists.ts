import { html, nothing, type TemplateResult } from 'lit';
import { formatAge, formatDate } from '../../elements/shared/format.ts';
import type { DeskOverview, ListImport } from '../../protocol/issuer-desk.ts';
import type { View } from '../view.ts';

export interface ListActions {
  rescreen(): void;
  importList(order: ListImport): void;
}

/** The lists in use and their age, screening everybody again, and a new list. */
export function renderLists(
  view: View,
  { lists, screeningAge, screenedAt }: DeskOverview,
  busy: boolean,
  missing: boolean,
  actions: ListActions & { incomplete(): void },
): TemplateResult {
  const { t, language, now } = view;
  const demonstration = lists.every(({ source }) => source === 'demonstration');
  return html`<section class="card">
      <h3>${t.listInUse}</h3>
      ${demonstration ? html`<p class="note warning">${t.listDemo}</p>` : html`<p class="small muted">${t.listAge(Math.round(screeningAge / 86_400))}</p>`}
      <ul class="list">
        ${lists.map(
          (list) =>
            html`<li class="row wrap">
              <span
                >${list.source}
                ${list.old ? html`<span class="badge alarm">${t.listOld}</span>` : nothing}</span
              >
              <span class="small muted"
                >${t.listEntries} ${list.entries} · ${t.listVersion} ${list.version} ·
                ${list.importedAt === 0 ? t.builtIn : html`<time title=${formatDate(list.importedAt, language)}>${formatAge(list.importedAt, now, language)}</time>`}</span
              >
            </li>`,
        )}
      </ul>
      ${screenedAt === undefined ? nothing : html`<p class="small muted">${t.screenedLast} ${formatAge(screenedAt, now, language)}</p>`}
      <div>
        <button type="button" class="secondary" ?disabled=${busy} @click=${() => actions.rescreen()}>
          ${t.rescreen}
        </button>
      </div>
    </section>
    <section class="card">
      <h3>${t.importTitle}</h3>
      <form novalidate @submit=${(event: Event) => void send(event, actions)}>
        <div class="field">
          <label for="source">${t.importSource}</label>
          <input
            id="source"
            name="source"
            maxlength="32"
            autocomplete="off"
            spellcheck="false"
            aria-describedby="source-hint"
          />
          <p class="hint" id="source-hint">${t.importSourceHint}</p>
        </div>
        <div class="field">
          <label for="format">${t.importFormat}</label>
          <select id="format" name="format">
            <option value="ofac">${t.formatOfac}</option>
            <option value="csv">${t.formatCsv}</option>
            <option value="json">${t.formatJson}</option>
          </select>
        </div>
        <div class="field">
          <label for="main">${t.importFile}</label
          ><input id="main" name="main" type="file" accept=".csv,.json,text/csv,application/json" />
        </div>
        <div class="field">
          <label for="aliases">${t.importAliases}</label
          ><input id="aliases" name="aliases" type="file" accept=".csv,text/csv" />
        </div>
        <p class="field-error" ?hidden=${!missing} aria-live="polite">${t.importMissing}</p>
        <div class="actions">
          <button type="submit" class="primary" ?disabled=${busy}>${t.importButton}</button>
        </div>
      </form>
    </section>`;
}

async function send(event: Event, actions: ListActions & { incomplete(): void }): Promise<void> {
  event.preventDefault();
  const fields = new FormData(event.target as HTMLFormElement);
  const [main, aliases] = ['main', 'aliases'].map((name) => fields.get(name) as File);
  const source = String(fields.get('source')).trim();
  if (!source || !main?.size) return actions.incomplete();
  actions.importList({
    source,
    format: fields.get('format') as ListImport['format'],
    main: await main.text(),
    ...(aliases?.size && { aliases: await aliases.text() }),
  });
}
