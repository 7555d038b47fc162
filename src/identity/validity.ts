/** Days before its end from which a credential or an admission is worth renewing. */
export const WARNING_DAYS = 30;
const DAY = 86_400;

export type Validity = 'valid' | 'ending' | 'ended';

/** How a time that ends at `end` stands; both in seconds since 1970. */
export function validityUntil(end: number, now: number): Validity {
  if (end <= now) return 'ended';
  return end - now < WARNING_DAYS * DAY ? 'ending' : 'valid';
}

/** Seconds since 1970 at which a day that still counts is over in UTC, as the registry's calendar goes. @param day YYYYMMDD */
export function endOfDay(day: number): number {
  const [year, month, date] = [Math.floor(day / 10_000), Math.floor(day / 100) % 100, day % 100];
  return Date.UTC(year, month - 1, date) / 1000 + DAY;
}
