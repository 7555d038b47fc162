import type { Locale } from '../elements/shared/i18n.ts';
import type { DeskWords } from './desk.messages.ts';
import { terms } from './terms.messages.ts';

/** What every view is given. */
export interface View {
  t: DeskWords;
  locale: Locale;
  language: string;
  /** Seconds since 1970, by the issuer's clock. */
  now: number;
}

export function termsOf({ locale }: View) {
  return terms[locale];
}

/** A day given as YYYYMMDD, the way the language writes it. */
export function formatDay(day: number, language: string): string {
  const date = new Date(Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100));
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}
