import { html, nothing, type TemplateResult } from 'lit';
import { formatUnits } from 'viem';

/** How many decimals to show. */
export interface AmountOptions {
  /** At least; 2 for money. */
  min?: number;
  /** At most. */
  max?: number;
  /**
   * What becomes of the rest: cut, so that nobody is shown more than there is; `up` for what was or will be
   * paid; `nearest` for what something is worth.
   */
  rest?: 'cut' | 'up' | 'nearest';
  sign?: 'auto' | 'always';
}

const ROUNDING = { cut: 'trunc', up: 'expand', nearest: 'halfExpand' };

const numberFormats = new Map<string, Intl.NumberFormat>();

/** Base units as a localized decimal number: no floating point in between. */
export function formatAmount(
  units: bigint,
  decimals: number,
  language: string,
  { min = 0, max = decimals, rest = 'cut', sign = 'auto' }: AmountOptions = {},
): string {
  const most = Math.max(min, Math.min(max, decimals));
  const key = `${language} ${min} ${most} ${rest} ${sign}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, {
      minimumFractionDigits: min,
      maximumFractionDigits: most,
      roundingMode: ROUNDING[rest],
      ...(sign === 'always' && { signDisplay: 'exceptZero' }),
    } as Intl.NumberFormatOptions);
    numberFormats.set(key, format);
  }
  return format.format(formatUnits(units, decimals) as Intl.StringNumericLiteral);
}

/**
 * Number in tabular figures, its unit smaller and lighter; in full under the pointer where decimals are left
 * out. `large` is for the one number of a card.
 */
export function renderAmount(
  units: bigint,
  decimals: number,
  symbol: string,
  language: string,
  options: AmountOptions & { large?: boolean } = {},
): TemplateResult {
  const number = formatAmount(units, decimals, language, options);
  const { max: _, ...inFull } = options;
  const full = formatAmount(units, decimals, language, inFull);
  return html`<span
    class="amount ${options.large ? 'large' : ''}"
    part="amount"
    title=${full === number ? nothing : `${full} ${symbol}`}
    ><span class="number">${number}</span
    >${symbol ? html`<span class="unit">${symbol}</span>` : nothing}</span
  >`;
}

/**
 * A typed amount in base units, or `undefined` when it is not a number or has more decimals than there are.
 * Accepts the language's own separators, spaces and full-width digits.
 */
export function parseAmount(text: string, decimals: number, language: string): bigint | undefined {
  const parts = new Intl.NumberFormat(language).formatToParts(1234567.8);
  const group = parts.find((part) => part.type === 'group')?.value ?? ',';
  const point = parts.find((part) => part.type === 'decimal')?.value ?? '.';
  const plain = text
    .normalize('NFKC')
    .replaceAll(group, '')
    .replaceAll(/[\s'_]/g, '')
    .replace(point, '.');
  const match = /^(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!match || (!match[1] && !match[2])) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals || (match[1] ?? '').length > 60) return undefined;
  return BigInt(match[1] || '0') * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, '0') || '0');
}

/** "0x12ab…9f3c": six characters, an ellipsis, four. */
export function shortHex(value: string, head = 6, tail = 4): string {
  return value.length <= head + tail + 1 ? value : `${value.slice(0, head)}…${value.slice(-tail)}`;
}

const AGES: [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, 'second', 1],
  [3600, 'minute', 60],
  [86_400, 'hour', 3600],
  [Number.POSITIVE_INFINITY, 'day', 86_400],
];

/** "4 sec. ago", in the reader's words. `now` and `timestamp` in seconds since 1970. */
export function formatAge(
  timestamp: bigint | number,
  now: number,
  language: string,
  style: Intl.RelativeTimeFormatStyle = 'short',
): string {
  const age = Math.max(0, Math.floor(now) - Number(timestamp));
  const [, unit, seconds] = AGES.find(([limit]) => age < limit)!;
  return new Intl.RelativeTimeFormat(language, { style, numeric: 'always' }).format(
    -Math.floor(age / seconds),
    unit,
  );
}

/** Date, or date and time, from seconds since 1970, in the reader's time zone. */
export function formatDate(
  timestamp: bigint | number,
  language: string,
  style: 'date' | 'time' | 'both' = 'both',
): string {
  return new Intl.DateTimeFormat(language, {
    ...(style !== 'time' && { dateStyle: 'medium' }),
    ...(style !== 'date' && { timeStyle: 'medium' }),
  }).format(new Date(Number(timestamp) * 1000));
}

/** A day of a calendar, YYYYMMDD, the same in every time zone. */
export function formatDay(day: number, language: string): string {
  const at = Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(at);
}

/** "62 %" the way the language writes it. */
export function formatPercent(fraction: number, language: string, decimals = 0): string {
  return new Intl.NumberFormat(language, {
    style: 'percent',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(fraction);
}

/** "4:09" left of a quote. */
export function formatCountdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

/** What is left of hours or days, in the two largest units: "6 days, 23 hr"; minutes and seconds below an hour. */
export function formatRemaining(seconds: number, language: string): string {
  const left = Math.max(0, Math.floor(seconds));
  if (left < 3600) return formatCountdown(left);
  const unit = (value: number, unit: 'day' | 'hour' | 'minute') =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  const parts =
    left >= 86_400
      ? [unit(Math.floor(left / 86_400), 'day'), unit(Math.floor((left % 86_400) / 3600), 'hour')]
      : [unit(Math.floor(left / 3600), 'hour'), unit(Math.floor((left % 3600) / 60), 'minute')];
  return parts.join(' ');
}
