import { css } from 'lit';

export const agentStyles = css`
  :host {
    container-type: inline-size;
  }
  .sentence {
    padding: 16px;
    border-radius: var(--_radius-control);
    background: var(--_raised);
    font-size: 16px;
  }
  .what {
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .money {
    position: relative;
  }
  .money input:not([type='checkbox'], [type='radio']) {
    padding-inline-end: 56px;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .money .unit {
    position: absolute;
    inset-block: 0;
    inset-inline-end: 12px;
    display: grid;
    place-items: center;
    font-size: 14px;
    color: var(--_muted);
    pointer-events: none;
  }
  .choices.spans {
    grid-template-columns: repeat(3, 1fr);
    margin-block-start: 4px;
  }
  .segment input.visually-hidden {
    position: absolute;
  }
  label.payee > span {
    min-width: 0;
    gap: 4px;
  }

  .shell > .standing {
    position: sticky;
    z-index: 1;
    inset-block-start: var(--hsk-agent-sticky-top, 0px);
    align-items: flex-start;
    padding-block: 16px;
    background: var(--_surface);
    border-bottom: var(--_border) solid var(--_line);
  }
  .shell > .standing + * {
    border-top: 0;
  }
  .standing .danger {
    border-width: max(2px, var(--_border));
  }

  .bar {
    display: block;
    width: 100%;
    height: 12px;
    border-radius: 6px;
    overflow: hidden;
  }
  .bar rect {
    transition: width var(--_ease);
  }
  .bar .rest {
    fill: var(--_line);
  }
  .bar .spent,
  .bar .way {
    fill: var(--_accent);
  }
  .legend {
    display: grid;
    grid-template-columns: repeat(3, auto);
    justify-content: space-between;
    gap: 8px 12px;
  }
  .legend dt {
    display: flex;
    align-items: center;
    gap: 6px;
    font-size: 12px;
    color: var(--_muted);
  }
  .legend dd {
    margin: 0;
  }
  .legend i {
    width: 10px;
    height: 10px;
    border-radius: 2px;
    background: var(--_line);
  }
  .legend .spent {
    background: var(--_accent);
  }
  .legend .way {
    background: repeating-linear-gradient(60deg, var(--_accent) 0 2px, var(--_line) 2px 4px);
  }
  @media (forced-colors: active) {
    .bar,
    .legend i {
      forced-color-adjust: none;
      border: 1px solid CanvasText;
    }
    .bar .rest,
    .legend i {
      fill: Canvas;
      background: Canvas;
    }
    .bar .spent,
    .bar .way {
      fill: Highlight;
    }
    .legend .spent,
    .legend .way {
      background: Highlight;
    }
  }

  .controls {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 16px;
  }
  .entry-row.stack.tight {
    gap: 4px;
  }
  .entry-row .row {
    flex-wrap: wrap;
  }
  .entry-row button.buy {
    gap: 0;
    padding-inline: 12px;
  }
  .entry-row .price {
    flex: none;
    margin-inline-start: auto;
  }
  .answer {
    max-height: 320px;
    overflow: auto;
    padding: 4px 16px;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius-control);
    background: var(--_raised);
  }
  .answer .number {
    font-variant-numeric: tabular-nums;
  }
  .answer .verbatim {
    padding-block: 8px;
  }
  .answer .group {
    display: block;
  }
  .answer .group > dd {
    padding-inline-start: 12px;
    text-align: start;
  }
  .payments > li {
    display: grid;
    gap: 4px;
    padding-block-end: 0;
  }
  .seal.expired {
    background: var(--_raised);
    color: var(--_muted);
  }
  .seal {
    flex: none;
  }
`;
