import type { nothing, TemplateResult } from 'lit';
import type { NavPoint } from '../../market/products.ts';
import { formatAmount, formatDate } from '../shared/format.ts';
import type { LineChart } from '../shared/line-chart.ts';
import type { PurchaseWords } from './hsk-purchase.messages.ts';

/** Net asset value over time. */
export function renderNavChart(
  chart: LineChart,
  history: readonly NavPoint[],
  decimals: number,
  t: PurchaseWords,
  language: string,
): TemplateResult | typeof nothing {
  return chart.render(
    history.map(({ at, nav }) => ({ at, value: nav })),
    {
      name: t.chart,
      table: t.chartTable,
      time: t.date,
      value: t.navPerUnit,
      said: t.chartValue,
      formatValue: (nav) => formatAmount(nav, decimals, language, { min: 4, max: 4 }),
      formatTime: (at) => formatDate(at, language, 'date'),
    },
  );
}
