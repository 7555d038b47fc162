import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  svg,
  type TemplateResult,
} from 'lit';
import type { NavPoint } from '../../market/products.ts';
import { formatAmount, formatDate } from '../shared/format.ts';
import type { PurchaseWords } from './hsk-purchase.messages.ts';

const WIDTH = 320;
const HEIGHT = 96;
const PAD = 4;

/** Where each point of a history lies in the drawing; the lowest value on the floor, the highest at the top. */
export function chartPoints(history: readonly NavPoint[]): { x: number; y: number }[] {
  const values = history.map((point) => Number(point.nav));
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const first = history[0]?.at ?? 0;
  const time = (history.at(-1)?.at ?? 0) - first || 1;
  return history.map((point, index) => ({
    x: ((point.at - first) / time) * WIDTH,
    y: PAD + (1 - (values[index]! - low) / span) * (HEIGHT - 2 * PAD),
  }));
}

/**
 * Net asset value over time: a line with its axis labels. A range input lies over it, so that the value of
 * a day is read under the pointer and with the arrow keys alike; a table says the same to screen readers.
 */
export class NavChart implements ReactiveController {
  #selected: number | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {}

  render(
    history: readonly NavPoint[],
    decimals: number,
    t: PurchaseWords,
    language: string,
  ): TemplateResult | typeof nothing {
    if (history.length < 2) return nothing;
    const last = history.length - 1;
    const selected = Math.min(this.#selected ?? last, last);
    const points = chartPoints(history);
    const at = points[selected]!;
    const money = (nav: bigint) => formatAmount(nav, decimals, language, { min: 4, max: 4 });
    const day = (point: NavPoint) => formatDate(point.at, language, 'date');
    const said = (point: NavPoint) => t.chartValue(money(point.nav), day(point));
    const navs = history.map((point) => point.nav);
    const high = navs.reduce((a, b) => (a > b ? a : b));
    const low = navs.reduce((a, b) => (a < b ? a : b));
    const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    const select = (index: number | undefined) => {
      this.#selected = index;
      this.host.requestUpdate();
    };
    const point = (event: PointerEvent) => {
      const box = (event.currentTarget as Element).querySelector('svg')!.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * WIDTH;
      let nearest = 0;
      points.forEach((p, index) => {
        if (Math.abs(p.x - x) < Math.abs(points[nearest]!.x - x)) nearest = index;
      });
      select(nearest);
    };
    return html`<figure class="chart" part="chart">
      <figcaption class="tiny">
        <span class="visually-hidden">${t.chart}</span>
        <span class="number muted" aria-hidden="true">${said(history[selected]!)}</span>
      </figcaption>
      <div class="plot" @pointermove=${point} @pointerleave=${() => select(undefined)}>
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
          <line class="axis" x1="0" x2=${WIDTH} y1=${HEIGHT - PAD} y2=${HEIGHT - PAD}></line>
          <line class="axis" x1="0" x2=${WIDTH} y1=${PAD} y2=${PAD}></line>
          <polyline points=${line}></polyline>
          ${svg`<line class="cursor" x1=${at.x} x2=${at.x} y1="0" y2=${HEIGHT}></line>`}
        </svg>
        <span class="high tiny muted" aria-hidden="true">${money(high)}</span>
        <span class="low tiny muted" aria-hidden="true">${money(low)}</span>
        <input
          type="range"
          min="0"
          max=${last}
          step="1"
          .value=${String(selected)}
          aria-label=${t.chart}
          aria-valuetext=${said(history[selected]!)}
          @input=${(event: Event) => select(Number((event.target as HTMLInputElement).value))}
        />
      </div>
      <div class="row tiny muted days" aria-hidden="true">
        <span>${day(history[0]!)}</span><span>${day(history[last]!)}</span>
      </div>
      <div class="visually-hidden">
        <table>
          <caption>
            ${t.chartTable}
          </caption>
          <thead>
            <tr>
              <th scope="col">${t.date}</th>
              <th scope="col">${t.navPerUnit}</th>
            </tr>
          </thead>
          <tbody>
            ${history.map(
              (row) =>
                html`<tr>
                  <td>${day(row)}</td>
                  <td>${money(row.nav)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </figure>`;
  }
}
