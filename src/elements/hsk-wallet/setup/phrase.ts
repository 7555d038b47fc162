import { html, type TemplateResult } from 'lit';
import type { View } from '../view.ts';

/** The words, numbered as they are to be written down. */
export function renderWords(phrase: string, { t }: View): TemplateResult {
  return html`<ol class="phrase" aria-label=${t.phraseTitle} translate="no">
    ${phrase.split(' ').map((word) => html`<li><span class="mono">${word}</span></li>`)}
  </ol>`;
}

/** A new phrase: covered until its owner is ready to write. */
export function renderPhrase(
  view: View,
  state: { phrase: string; shown: boolean },
  actions: { show(): void; written(): void },
): TemplateResult {
  const { t } = view;
  return html`<div class="stack">
    <p class="muted">${t.phraseIntro}</p>
    ${
      state.shown
        ? renderWords(state.phrase, view)
        : html`<div class="phrase covered">
            <p class="small muted">${t.phraseAlone}</p>
            <button type="button" class="secondary" @click=${actions.show}>${t.phraseShow}</button>
          </div>`
    }
    <div class="note warning">
      <p><strong>${t.phraseWarning}</strong></p>
      <p>${t.phraseWarningNext}</p>
    </div>
    <div class="actions">
      <button type="button" class="primary wide" ?disabled=${!state.shown} @click=${actions.written}>
        ${t.phraseWritten}
      </button>
    </div>
  </div>`;
}
