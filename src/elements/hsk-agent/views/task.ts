import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { CatalogueEntry } from '../../../agent/agent-api.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import { agentErrors, catalogueErrors } from '../agent-errors.ts';
import type { Research } from '../research.ts';
import { money, type View } from '../view.ts';
import { renderAnswer } from './answer.ts';
import { statusWords } from './payments.ts';

/** What the agent works through, what it costs, and what it brought back. */
export function renderTask(view: View, research: Research): TemplateResult | typeof nothing {
  const { t, language, budgets } = view;
  const { catalogue, catalogueError } = budgets;
  if (!budgets.hasCatalogue || catalogue?.length === 0) return nothing;
  const halted = !research.running && [...research.readings.values()].some(({ phase }) => phase === 'failed');
  return html`<section class="stack tight" part="task" aria-label=${t.task}>
    <div class="stack tight">
      <h3 class="subtitle">${t.task}</h3>
      <p class="small muted">${t.taskIntro}</p>
    </div>
    ${renderError(catalogueError, language, {
      catalogue: catalogueErrors(t),
      action: { label: sharedWords(language).tryAgain, run: () => void budgets.loadCatalogue() },
    })}
    ${
      catalogue
        ? html`<div class="controls">
              ${
                research.running
                  ? html`<button
                      type="button"
                      class="secondary"
                      ?disabled=${research.pausing}
                      @click=${() => research.pause()}
                    >
                      ${icons.pause()} ${research.pausing ? t.pausing : t.pause}
                    </button>`
                  : html`<button
                      type="button"
                      class="primary"
                      ?disabled=${research.busy}
                      @click=${() => void research.run(catalogue)}
                    >
                      ${icons.play()} ${research.paused ? t.resume : t.run}
                    </button>`
              }
              <label class="choice">
                <input
                  type="checkbox"
                  .checked=${research.repeat}
                  @change=${(event: Event) => (research.repeat = (event.target as HTMLInputElement).checked)}
                />
                <span class="small">${t.repeat}</span>
              </label>
            </div>
            ${halted ? html`<p class="small" role="status">${t.runHalted}</p>` : nothing}
            <ul class="list">
              ${repeat(
                catalogue,
                ({ url }) => url,
                (entry) => renderEntry(view, research, entry),
              )}
            </ul>`
        : catalogueError
          ? nothing
          : html`<span class="skeleton block">0</span><span class="skeleton block">0</span>`
    }
  </section>`;
}

function renderEntry(view: View, research: Research, entry: CatalogueEntry): TemplateResult {
  const { t, language, budgets } = view;
  const { title, description, amount, url } = entry;
  const reading = research.readings.get(url);
  const busy = reading?.phase === 'busy';
  const payment =
    busy && reading
      ? budgets.payments?.find((payment) => payment.url === url && payment.startedAt >= reading.at)
      : undefined;
  const label = reading?.answer ? t.buyAgain : t.buy;
  return html`<li class="stack tight entry-row" data-phase=${reading?.phase ?? 'idle'}>
    <div class="row">
      <strong class="what">${title}</strong>
      <div class="price">
        ${
          busy
            ? html`<span class="small muted">${t.buying}</span>`
            : html`<button
                type="button"
                class="secondary buy small"
                ?disabled=${research.running}
                @click=${() => void research.buy(entry)}
              >
                ${label(money(amount, language))}<span class="visually-hidden">: ${title}</span>
              </button>`
        }
      </div>
    </div>
    <p class="small muted">${description}</p>
    ${payment ? html`<p class="small muted">${statusWords(payment, view)}</p>` : nothing}
    ${renderError(reading?.error, language, { catalogue: agentErrors(t) })}
    ${
      reading?.answer
        ? html`<details open>
            <summary>${t.readAt(formatDate(reading.at / 1000, language, 'time'))}</summary>
            ${renderAnswer(reading.answer, title, view)}
          </details>`
        : nothing
    }
  </li>`;
}
