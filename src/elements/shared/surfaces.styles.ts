import { css } from 'lit';

/**
 * Cards, facts, lists, sheets, notes, skeletons, progress, numbers.
 *
 * - `.card` one idea; `.stack` vertical rhythm; `.row` a line whose ends part; `.actions` the buttons below
 * - `dl.facts > div > dt + dd` label and value (`div.proven`: the ladder stands in the label); `ul.list > li` rows with a rule between
 * - `.amount` number with a smaller, lighter `.unit`; `.amount.large` the one number of a card
 * - `.note` (`.positive`, `.warning`, `.negative`) a short message in place; `.skeleton` holds the layout still
 * - `dialog.sheet` from below on phones, in the middle on desks; see `sheet.ts`
 */
export const surfaceStyles = css`
  .card {
    display: grid;
    gap: 16px;
    min-width: 0;
    padding: 20px;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    box-shadow: var(--_card-shadow);
  }
  @container (min-width: 480px) {
    .card {
      padding: 24px;
    }
  }
  .stack {
    display: grid;
    gap: 16px;
    min-width: 0;
  }
  .stack.tight {
    gap: 8px;
  }
  .row {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    min-width: 0;
  }
  .row.start {
    justify-content: flex-start;
  }
  .row.wrap {
    flex-wrap: wrap;
  }
  .actions {
    display: grid;
    gap: 8px;
  }
  h2,
  h3,
  h4,
  p,
  dl,
  ul,
  ol,
  figure {
    margin: 0;
  }
  h2,
  .title {
    font-size: 20px;
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  h3,
  .subtitle {
    font-size: 16px;
    font-weight: 650;
    line-height: 1.4;
  }
  p {
    text-wrap: pretty;
    overflow-wrap: anywhere;
  }
  .small {
    font-size: 14px;
  }
  .tiny {
    font-size: 12px;
  }
  .muted {
    color: var(--_muted);
  }
  .positive-text {
    color: var(--_positive);
  }
  .negative-text {
    color: var(--_negative);
  }
  code,
  .mono {
    font-family: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace;
    font-size: 0.875em;
    overflow-wrap: anywhere;
  }
  .verbatim {
    white-space: pre-wrap;
  }
  hr {
    width: 100%;
    margin: 0;
    border: 0;
    border-top: var(--_border) solid var(--_line);
  }

  .amount {
    font-variant-numeric: tabular-nums lining-nums;
    white-space: nowrap;
  }
  .amount .unit {
    margin-inline-start: 0.3em;
    font-size: 0.8em;
    font-weight: 400;
    color: var(--_muted);
  }
  .amount.large {
    font-size: 28px;
    font-weight: 600;
    line-height: 1.2;
    letter-spacing: -0.015em;
  }
  .amount.large .unit {
    font-size: 16px;
    letter-spacing: 0;
  }

  dl.facts {
    display: grid;
    gap: 0;
  }
  dl.facts > div {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 4px 16px;
    flex-wrap: wrap;
    padding-block: 8px;
    border-top: var(--_border) solid var(--_line);
  }
  dl.facts > div.proven {
    flex-wrap: nowrap;
  }
  dl.facts > div.proven > dd {
    flex: none;
  }
  dl.facts > div:first-child {
    border-top: 0;
  }
  dl.facts dt {
    font-size: 14px;
    color: var(--_muted);
  }
  dl.facts dd {
    margin: 0;
    margin-inline-start: auto;
    min-width: 0;
    text-align: end;
    overflow-wrap: anywhere;
  }
  dl.facts > div.total dt,
  dl.facts > div.total dd {
    color: var(--_text);
    font-weight: 650;
    font-size: 16px;
  }

  ul.list,
  ol.list {
    list-style: none;
    padding: 0;
  }
  .list > li {
    min-height: 44px;
    padding-block: 12px;
    border-top: var(--_border) solid var(--_line);
  }
  .list > li:first-child {
    border-top: 0;
  }

  .note {
    display: grid;
    gap: 8px;
    padding: 12px 16px;
    border-radius: var(--_radius-control);
    border: var(--_border) solid var(--_line);
    border-inline-start: 3px solid var(--_muted);
    background: var(--_raised);
    font-size: 14px;
  }
  .note.positive {
    border-inline-start-color: var(--_positive);
  }
  .note.warning {
    border-inline-start-color: var(--_warning);
  }
  .note.negative {
    border-inline-start-color: var(--_negative);
  }
  .note strong {
    font-weight: 650;
  }

  .badge {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 2px 8px;
    border: var(--_border) solid var(--_line);
    border-radius: 999px;
    font-size: 12px;
    line-height: 1.5;
    color: var(--_muted);
    white-space: nowrap;
  }

  /* The text inside gives it its size and is neither seen nor read. */
  .skeleton {
    position: relative;
    display: inline-block;
    min-width: 4em;
    min-height: 1em;
    visibility: hidden;
    user-select: none;
  }
  .skeleton::after {
    content: '';
    position: absolute;
    inset: 0;
    visibility: visible;
    border-radius: 4px;
    background: var(--_line);
    animation: hsk-breathe 1.6s ease-in-out infinite;
  }
  .skeleton.block {
    display: block;
    width: 100%;
  }
  @keyframes hsk-breathe {
    50% {
      opacity: 0.5;
    }
  }

  .progress {
    display: grid;
    gap: 8px;
  }
  .progress > .track {
    height: 6px;
    border-radius: 3px;
    background: var(--_line);
    overflow: hidden;
  }
  .progress > .track > .fill {
    height: 100%;
    border-radius: 3px;
    background: var(--_accent);
    transform-origin: 0 50%;
    transition: width var(--_ease);
  }
  @media (forced-colors: active) {
    .progress > .track {
      border: 1px solid CanvasText;
    }
    .progress > .track > .fill {
      forced-color-adjust: none;
      background: Highlight;
    }
    .badge,
    .note,
    .skeleton::after {
      border: 1px solid CanvasText;
    }
  }

  details > summary {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 44px;
    font-size: 14px;
    font-weight: 600;
    color: var(--_muted);
    cursor: pointer;
    list-style: none;
    border-radius: var(--_radius-control);
  }
  details > summary::-webkit-details-marker {
    display: none;
  }
  details > summary::before {
    content: '';
    width: 6px;
    height: 6px;
    margin-inline-start: 2px;
    border: solid currentColor;
    border-width: 0 1.5px 1.5px 0;
    transform: rotate(-45deg);
    transition: transform var(--_ease);
  }
  details[open] > summary::before {
    transform: rotate(45deg);
  }

  dialog.sheet {
    width: min(480px, 100vw - 32px);
    max-width: none;
    max-height: min(86dvh, 820px);
    margin: auto;
    padding: 0;
    border: var(--_border) solid var(--_line);
    border-radius: calc(var(--_radius) * 1.25);
    background: var(--_surface);
    color: var(--_text);
    box-shadow: 0 24px 64px var(--_shadow);
    overflow: hidden;
    overscroll-behavior: contain;
  }
  dialog.sheet[open] {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    animation: hsk-rise 180ms cubic-bezier(0.2, 0, 0, 1);
  }
  dialog.sheet::backdrop {
    background: rgb(10 14 20 / 0.48);
  }
  dialog.sheet > header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    padding: 8px 8px 8px 20px;
    border-bottom: var(--_border) solid var(--_line);
  }
  dialog.sheet > .content {
    display: grid;
    align-content: start;
    gap: 16px;
    padding: 20px;
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  @media (max-width: 599px) {
    dialog.sheet {
      width: 100%;
      max-height: 92dvh;
      margin: auto 0 0;
      border-width: var(--_border) 0 0;
      border-radius: calc(var(--_radius) * 1.25) calc(var(--_radius) * 1.25) 0 0;
      padding-bottom: env(safe-area-inset-bottom);
    }
  }
  @keyframes hsk-rise {
    from {
      transform: translateY(24px);
      opacity: 0;
    }
  }

  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    padding: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
    border: 0;
  }
`;
