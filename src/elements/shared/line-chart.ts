import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  svg,
  type TemplateResult,
} from 'lit';

const WIDTH = 320;
const HEIGHT = 96;
const PAD = 4;

/** A value at a time, in seconds since 1970. */
export interface ChartPoint {
  at: number;
  value: bigint;
}

/** What a chart says. */
export interface ChartWords {
  name: string;
  /** Caption of the table that screen readers are given, and the heads of its columns. */
  table: string;
  time: string;
  value: string;
  /** "HKD 10.25 on 3 May": one point in a sentence. */
  said(value: string, time: string): string;
  formatValue(value: bigint): string;
  formatTime(at: number): string;
}

/** Where each point of a history lies in the drawing; the lowest value on the floor, the highest at the top. */
export function chartPoints(history: readonly ChartPoint[], floor?: bigint): { x: number; y: number }[] {
  const values = history.map(({ value }) => Number(value));
  const low = floor === undefined ? Math.min(...values) : Number(floor);
  const span = Math.max(...values) - low || 1;
  const first = history[0]?.at ?? 0;
  const time = (history.at(-1)?.at ?? 0) - first || 1;
  return history.map((point, index) => ({
    x: ((point.at - first) / time) * WIDTH,
    y: PAD + (1 - (values[index]! - low) / span) * (HEIGHT - 2 * PAD),
  }));
}

/** The line through them; `stepped` holds a value until the next one. */
function lineThrough(points: readonly { x: number; y: number }[], stepped: boolean): string {
  return points
    .flatMap(({ x, y }, index) => {
      const before = stepped ? points[index - 1] : undefined;
      const here = `${x.toFixed(1)},${y.toFixed(1)}`;
      return before ? [`${x.toFixed(1)},${before.y.toFixed(1)}`, here] : [here];
    })
    .join(' ');
}

/**
 * A value over time: a line with its axis labels. A range input lies over it, so that the value at a time
 * is read under the pointer and with the arrow keys alike; a table says the same to screen readers.
 */
export class LineChart implements ReactiveController {
  #selected: number | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {}

  /** @param options.floor what the lower edge stands for; the lowest value without it */
  render(
    history: readonly ChartPoint[],
    words: ChartWords,
    options: { floor?: bigint; stepped?: boolean } = {},
  ): TemplateResult | typeof nothing {
    if (history.length < 2) return nothing;
    const last = history.length - 1;
    const selected = Math.min(this.#selected ?? last, last);
    const points = chartPoints(history, options.floor);
    const at = points[selected]!;
    const said = ({ value, at }: ChartPoint) => words.said(words.formatValue(value), words.formatTime(at));
    const values = history.map(({ value }) => value);
    const high = values.reduce((a, b) => (a > b ? a : b));
    const low = options.floor ?? values.reduce((a, b) => (a < b ? a : b));
    const line = lineThrough(points, options.stepped ?? false);
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
        <span class="visually-hidden">${words.name}</span>
        <span class="number muted" aria-hidden="true">${said(history[selected]!)}</span>
      </figcaption>
      <div class="plot" @pointermove=${point} @pointerleave=${() => select(undefined)}>
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
          <line class="axis" x1="0" x2=${WIDTH} y1=${HEIGHT - PAD} y2=${HEIGHT - PAD}></line>
          <line class="axis" x1="0" x2=${WIDTH} y1=${PAD} y2=${PAD}></line>
          <polyline points=${line}></polyline>
          ${svg`<line class="cursor" x1=${at.x} x2=${at.x} y1="0" y2=${HEIGHT}></line>`}
        </svg>
        <span class="high tiny muted" aria-hidden="true">${words.formatValue(high)}</span>
        <span class="low tiny muted" aria-hidden="true">${words.formatValue(low)}</span>
        <input
          type="range"
          min="0"
          max=${last}
          step="1"
          .value=${String(selected)}
          aria-label=${words.name}
          aria-valuetext=${said(history[selected]!)}
          @input=${(event: Event) => select(Number((event.target as HTMLInputElement).value))}
        />
      </div>
      <div class="row tiny muted days" aria-hidden="true">
        <span>${words.formatTime(history[0]!.at)}</span><span>${words.formatTime(history[last]!.at)}</span>
      </div>
      <div class="visually-hidden">
        <table>
          <caption>
            ${words.table}
          </caption>
          <thead>
            <tr>
              <th scope="col">${words.time}</th>
              <th scope="col">${words.value}</th>
            </tr>
          </thead>
          <tbody>
            ${history.map(
              (row) =>
                html`<tr>
                  <td>${words.formatTime(row.at)}</td>
                  <td>${words.formatValue(row.value)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </figure>`;
  }
}
