import { html, nothing, type TemplateResult } from 'lit';
import type { BudgetView } from '../../../agent/agent-api.ts';
import { vouchWords } from '../vouch.messages.ts';
import { money, underWay, type View } from '../view.ts';

/** What stopping does, before it is done. */
export function renderStopSheet(
  { t, language, budgets }: View,
  shown: BudgetView,
  actions: { stop(): void; keep(): void },
): TemplateResult {
  const way = underWay(shown);
  const rest = money(shown.balance, language);
  return html`<p>${t.stopNoMore}</p>
    <p>${t.stopReturns(rest)}</p>
    ${way > 0n ? html`<p>${t.stopUnderWay(money(way, language))}</p>` : nothing}
    ${budgets.mandate?.value.state === 'standing' ? html`<p>${vouchWords(language).endsToo}</p>` : nothing}
    <p class="small muted">${t.stopFinal}</p>
    <div class="actions">
      <button type="button" class="danger wide" @click=${actions.stop}>${t.stopConfirm(rest)}</button>
      <button type="button" class="quiet wide" @click=${actions.keep}>${t.keepGoing}</button>
    </div>`;
}
