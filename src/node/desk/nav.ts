import { existsSync, readFileSync } from 'node:fs';
import { integer, list, object, uint } from '../../protocol/parse.ts';
import type { Offering } from '../deploy/offering.ts';
import { writeDurably } from '../keys/durable-file.ts';

/** Net asset value of one unit, base units of the Hong Kong dollar, struck at midnight UTC. */
export interface NavPoint {
  /** Seconds since 1970. */
  at: number;
  nav: bigint;
}

const DAY = 86_400;
/** Days of history that a new product comes with. */
const FIRST_DAYS = 90;

const parseSeries = list(object<NavPoint>({ at: integer, nav: uint }), 100_000);

/**
 * The stored series of one product, brought up to the day of `now`. Days already struck never change; each
 * new one adds the day's accrual.
 *
 * @param now seconds since 1970
 */
export function navSeries(file: string, offering: Offering, now: number): NavPoint[] {
  const today = now - (now % DAY);
  const series = existsSync(file) ? parseSeries(JSON.parse(readFileSync(file, 'utf8')), file) : [];
  const stored = series.length;
  if (stored === 0) series.push({ at: today - FIRST_DAYS * DAY, nav: offering.launchNav });
  for (let last = series.at(-1)!; last.at < today; last = series.at(-1)!)
    series.push({ at: last.at + DAY, nav: last.nav + dailyAccrual(offering) });
  if (series.length !== stored)
    writeDurably(file, `${JSON.stringify(series.map(({ at, nav }) => ({ at, nav: nav.toString() })))}\n`);
  return series;
}

function dailyAccrual({ launchNav, accrual }: Offering): bigint {
  return (launchNav * accrual) / 1_000_000n / 365n;
}
