import { css } from 'lit';

export const purchaseStyles = css`
  :host {
    container-type: inline-size;
  }
  .shell {
    gap: 0;
    padding: 0;
    overflow: clip;
  }
  .shell > * {
    padding: 20px;
  }
  .shell > * + * {
    border-top: var(--_border) solid var(--_line);
  }
  @container (min-width: 480px) {
    .shell > * {
      padding: 24px;
    }
  }
  .product h2 {
    overflow-wrap: anywhere;
  }
  .product .nav {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 12px;
  }

  .steps {
    display: grid;
    gap: 8px;
  }
  .steps ol {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 4px;
    padding: 0;
    list-style: none;
  }
  .steps li {
    height: 4px;
    border-radius: 2px;
    background: var(--_line);
    transition: background-color var(--_ease);
  }
  .steps li.past,
  .steps li[aria-current] {
    background: var(--_accent);
  }
  @media (forced-colors: active) {
    .steps li {
      forced-color-adjust: none;
      background: Canvas;
      border: 1px solid CanvasText;
    }
    .steps li.past,
    .steps li[aria-current] {
      background: Highlight;
    }
  }

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

  form {
    display: grid;
    gap: 16px;
  }
  .pair {
    display: grid;
    gap: 16px;
  }
  @container (min-width: 480px) {
    .pair {
      grid-template-columns: 1fr 1fr;
    }
  }
  .date {
    display: grid;
    grid-template-columns: 1fr 1fr 1.4fr;
    gap: 8px;
  }
  .date label {
    display: grid;
    gap: 2px;
    font-size: 12px;
    color: var(--_muted);
  }
  .date input {
    padding-inline: 10px;
    font-variant-numeric: tabular-nums;
  }
  .choices {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 8px;
  }
  .segment {
    position: relative;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 44px;
    padding: 8px 12px;
    border: var(--_border) solid var(--_edge);
    border-radius: var(--_radius-control);
    text-align: center;
    cursor: pointer;
  }
  .segment:has(:checked) {
    border-color: var(--_accent);
    box-shadow: inset 0 0 0 1px var(--_accent);
    font-weight: 600;
  }
  .segment:has(:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  .segment input {
    margin: 0;
  }
  label.choice > span {
    display: grid;
  }

  .reasons li {
    display: grid;
    grid-template-columns: 20px 1fr auto;
    gap: 12px;
    align-items: center;
    min-height: 0;
    padding-block: 10px;
  }
  .reasons .met {
    color: var(--_positive);
  }
  .reasons .unmet {
    color: var(--_negative);
  }
  .reasons svg {
    display: block;
  }

  .entry {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 8px;
  }
  .entry input.big {
    min-height: 56px;
    font-size: 20px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  .entry .unitswitch {
    display: grid;
    grid-auto-flow: column;
    padding: 4px;
    gap: 4px;
    border-radius: var(--_radius-control);
    background: var(--_raised);
    border: 0;
    margin: 0;
  }
  .entry .unitswitch label {
    display: grid;
    place-items: center;
    min-width: 52px;
    min-height: 48px;
    padding-inline: 10px;
    border-radius: calc(var(--_radius-control) - 2px);
    font-size: 14px;
    cursor: pointer;
  }
  .entry .unitswitch label:has(:checked) {
    background: var(--_surface);
    box-shadow: 0 0 0 1px var(--_edge);
    font-weight: 600;
  }
  .entry .unitswitch label:has(:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }

  .chart .days {
    padding-inline-end: 56px;
  }
  [data-focus]:focus-visible {
    outline: none;
  }
  .terms {
    max-height: 50vh;
    overflow: auto;
    padding: 16px;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius-control);
    font: inherit;
    font-size: 14px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
`;
