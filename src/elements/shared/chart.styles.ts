import { css } from 'lit';

/** What `LineChart` draws with. */
export const chartStyles = css`
  .chart {
    position: relative;
    display: grid;
    gap: 4px;
  }
  .chart .number {
    font-variant-numeric: tabular-nums;
  }
  .chart .plot {
    position: relative;
    height: 96px;
  }
  .chart svg {
    position: absolute;
    inset: 0;
    width: calc(100% - 56px);
    height: 100%;
    overflow: visible;
  }
  .chart polyline {
    fill: none;
    stroke: var(--_accent);
    stroke-width: 2;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
  }
  .chart .axis {
    stroke: var(--_line);
    vector-effect: non-scaling-stroke;
  }
  .chart .cursor {
    stroke: var(--_muted);
    stroke-dasharray: 2 3;
    vector-effect: non-scaling-stroke;
  }
  .chart .high,
  .chart .low {
    position: absolute;
    inset-inline-end: 0;
    line-height: 1.3;
    font-variant-numeric: tabular-nums;
    pointer-events: none;
  }
  .chart .high {
    top: -3px;
  }
  .chart .low {
    bottom: -3px;
  }
  .chart input[type='range'] {
    position: absolute;
    inset: 0 56px 0 0;
    width: calc(100% - 56px);
    height: 100%;
    min-height: 0;
    margin: 0;
    padding: 0;
    border: 0;
    opacity: 0;
    cursor: crosshair;
    touch-action: pan-y;
  }
  .chart .plot:has(input:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 4px;
    border-radius: 4px;
  }
  .chart .days {
    padding-inline-end: 56px;
  }
`;
