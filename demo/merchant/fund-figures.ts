import { integer, list, object, type Parser, text, uint } from '../../src/protocol/parse.ts';
import { money, round, type Sources } from './sources.ts';

interface Fund {
  symbol: string;
  name: string;
  nav: bigint;
  asOf: number;
  history: { at: number; nav: bigint }[];
}

const parseProducts: Parser<{ products: Fund[] }> = object<{ products: Fund[] }>({
  products: list(
    object<Fund>({
      symbol: text,
      name: text,
      nav: uint,
      asOf: integer,
      history: list(object<Fund['history'][number]>({ at: integer, nav: uint }), 5000),
    }),
    100,
  ),
});

/** Trading days in a year, by which a daily deviation is annualised. The funds are valued every day. */
const DAYS = 365;

/** Net asset values of the desk's funds, with what their history says. */
export async function fundFigures({ profile }: Sources): Promise<unknown> {
  const response = await fetch(`${profile.services.desk}/products`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`the desk answered HTTP ${response.status}`);
  const { products } = parseProducts(await response.json(), 'desk');
  return {
    funds: products.map(({ symbol, name, nav, asOf, history }) => {
      const values = history.map((point) => Number(point.nav));
      return {
        symbol,
        name,
        nav: money(nav),
        asOf: new Date(asOf * 1000).toISOString(),
        changePercent: { day: change(values, 1), month: change(values, 30), year: change(values, DAYS) },
        annualisedVolatilityPercent: volatility(values.slice(-91)),
        deepestFallPercent: deepestFall(values),
        points: values.length,
      };
    }),
  };
}

function change(values: readonly number[], days: number): number | null {
  const [then, now] = [values.at(-1 - days), values.at(-1)];
  return then && now ? round((now / then - 1) * 100) : null;
}

/** Standard deviation of daily logarithmic returns over a year, in percent. */
function volatility(values: readonly number[]): number | null {
  const returns = values.slice(1).map((value, index) => Math.log(value / values[index]!));
  if (returns.length < 2) return null;
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1);
  return round(Math.sqrt(variance * DAYS) * 100);
}

/** From the highest value so far to the lowest after it, in percent. */
function deepestFall(values: readonly number[]): number {
  let [peak, deepest] = [0, 0];
  for (const value of values) {
    peak = Math.max(peak, value);
    deepest = Math.max(deepest, 1 - value / peak);
  }
  return round(deepest * 100);
}
