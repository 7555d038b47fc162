import { html, type TemplateResult } from 'lit';
import { formatDate } from '../../shared/format.ts';
import type { Answer } from '../research.ts';
import type { View } from '../view.ts';

/** Entries of a list that are shown, and how deep. */
const ROWS = 12;
const DEPTH = 5;

type Reader = Pick<View, 't' | 'language'>;

/** What a resource said, as a person reads it. It is the merchant's word: text only, never markup. */
export function renderAnswer(answer: Answer, title: string, view: Reader): TemplateResult {
  return html`<div class="answer small" role="region" tabindex="0" aria-label=${view.t.showAnswer(title)}>
    ${
      answer.kind === 'text'
        ? html`<p class="verbatim">${answer.text}</p>`
        : renderValue(answer.value, view, 0)
    }
  </div>`;
}

function renderValue(value: unknown, view: Reader, depth: number): TemplateResult {
  const { t } = view;
  if (typeof value === 'boolean') return html`${value ? t.yes : t.no}`;
  if (value === null || value === '') return html`<span class="muted">${t.empty}</span>`;
  if (typeof value !== 'object') return html`<span class="number">${scalar(value, view.language)}</span>`;
  if (depth === DEPTH) return html`<span class="mono">${JSON.stringify(value).slice(0, 200)}</span>`;
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [t.row(String(index + 1)), item])
    : Object.entries(value).map(([name, item]) => [words(name), item]);
  if (entries.length === 0) return html`<span class="muted">${t.empty}</span>`;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return html`${value
      .slice(0, ROWS)
      .map((item) => scalar(item, view.language))
      .join(', ')}${rest(value.length, view)}`;
  return html`<dl class="facts ${depth > 0 ? 'nested' : ''}">
      ${entries.slice(0, ROWS).map(
        ([name, item]) =>
          html`<div class=${item !== null && typeof item === 'object' ? 'group' : ''}>
            <dt>${name}</dt>
            <dd>${renderValue(item, view, depth + 1)}</dd>
          </div>`,
      )}
    </dl>
    ${rest(entries.length, view)}`;
}

/** A moment in the reader's own time, decimals with the reader's separators; anything else as it came. */
function scalar(value: unknown, language: string): string {
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text)))
    return formatDate(Date.parse(text) / 1000, language);
  const decimals = /^-?\d{1,30}\.(\d{1,18})$/.exec(text)?.[1]?.length;
  if (decimals === undefined) return text;
  return new Intl.NumberFormat(language, { minimumFractionDigits: decimals }).format(
    text as Intl.StringNumericLiteral,
  );
}

function rest(length: number, { t, language }: Reader): TemplateResult | string {
  if (length <= ROWS) return '';
  return html` <span class="muted"
    >${t.andMore(new Intl.NumberFormat(language).format(length - ROWS))}</span
  >`;
}

/** `lastPrice` and `last_price` as a person writes them. */
function words(name: string): string {
  const spaced = name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .trim();
  // An abbreviation keeps its capitals.
  const lower = spaced.replaceAll(/\b[A-Z][a-z]+/g, (word) => word.toLowerCase());
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}
