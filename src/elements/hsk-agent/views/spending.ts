import type { nothing, TemplateResult } from 'lit';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { formatAmount, formatDate } from '../../shared/format.ts';
import type { LineChart } from '../../shared/line-chart.ts';
import type { View } from '../view.ts';

/** Points of the chart; older payments are summed into the first. */
const POINTS = 200;

/** What was paid and proven, summed up over time. */
export function renderSpending(view: View, chart: LineChart): TemplateResult | typeof nothing {
  const { t, language, budgets } = view;
  let value = 0n;
  const points = (budgets.payments ?? [])
    .filter(({ status }) => status === 'paid')
    .toReversed()
    .map(({ startedAt, amount }) => ({ at: startedAt / 1000, value: (value += amount) }))
    .slice(-POINTS);
  const first = points[0]?.at ?? 0;
  const sameDay = (points.at(-1)?.at ?? 0) - first < 86_400;
  return chart.render(
    points,
    {
      name: t.spending,
      table: t.spendingTable,
      time: t.time,
      value: t.spentInAll,
      said: (spent, time) => t.spendingValue(`${STABLECOIN.symbol}\u00a0${spent}`, time),
      formatValue: (spent) => formatAmount(spent, STABLECOIN.decimals, language, { min: 2 }),
      formatTime: (at) => formatDate(at, language, sameDay ? 'time' : 'both'),
    },
    { floor: 0n, stepped: true },
  );
}
