import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { formatPercent } from './format.ts';
import { icons } from './icons.ts';

/** Says what is happening and, where it is known, how far it is. */
export function renderProgress(
  label: string,
  options: { fraction?: number; detail?: string; language: string },
): TemplateResult {
  const { fraction, detail, language } = options;
  return html`<div class="progress">
    <p class="row"><strong aria-live="polite">${label}</strong></p>
    ${
      fraction === undefined
        ? html`<div class="track" aria-hidden="true"><div class="fill moving"></div></div>`
        : html`<div
            class="track"
            role="progressbar"
            aria-label=${label}
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=${Math.round(fraction * 100)}
            aria-valuetext=${formatPercent(fraction, language)}
          >
            <div class="fill" ${ref((bar) => fillTo(bar, fraction))}></div>
          </div>`
    }
    ${detail ? html`<p class="small muted">${detail}</p>` : nothing}
  </div>`;
}

/** By property: a style attribute would be refused where the host's CSP allows no inline style. */
function fillTo(bar: Element | undefined, fraction: number): void {
  if (bar) (bar as HTMLElement).style.width = `${Math.round(fraction * 100)}%`;
}

/**
 * The way of something signed, step by step.
 *
 * @param at index of the step in progress
 */
export function renderJourney(
  steps: readonly string[],
  at: number,
  words: { done: string; now: string; later: string },
): TemplateResult {
  return html`<ol class="journey">
    ${steps.map((name, index) => {
      const phase = index < at ? 'done' : index === at ? 'now' : 'later';
      return html`<li class=${phase}>
        <span class="mark">${phase === 'done' ? icons.check() : nothing}</span>
        <span>${name}</span><span class="tiny muted">${words[phase]}</span>
      </li>`;
    })}
  </ol>`;
}
