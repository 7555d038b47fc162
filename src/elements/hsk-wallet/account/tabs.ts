import { html, nothing, type TemplateResult } from 'lit';
import type { OpenView } from '../view.ts';

const TABS = ['holdings', 'activity', 'identity'] as const;
export type Tab = (typeof TABS)[number];

/** Which list shows below the balance; arrows move between them. */
export function renderTabs(
  { t }: OpenView,
  selected: Tab,
  pending: number,
  choose: (tab: Tab) => void,
  content: unknown,
): TemplateResult {
  const names = { holdings: t.holdings, activity: t.activity, identity: t.identity };
  const move = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const step = event.key === 'ArrowRight' ? 1 : TABS.length - 1;
    const other = TABS[(TABS.indexOf(selected) + step) % TABS.length]!;
    choose(other);
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`#tab-${other}`)?.focus();
  };
  return html`<div class="tabbed">
    <div class="tabs" role="tablist" aria-label=${t.lists} @keydown=${move}>
      ${TABS.map(
        (tab) =>
          html`<button
            type="button"
            role="tab"
            id="tab-${tab}"
            aria-selected=${tab === selected ? 'true' : 'false'}
            aria-controls="tab-panel"
            tabindex=${tab === selected ? 0 : -1}
            @click=${() => choose(tab)}
          >
            ${names[tab]}
            ${
              tab === 'activity' && pending > 0
                ? html`<span class="badge">${t.pendingCount(pending)}</span>`
                : nothing
            }
          </button>`,
      )}
    </div>
    <div id="tab-panel" role="tabpanel" aria-labelledby="tab-${selected}">${content}</div>
  </div>`;
}
