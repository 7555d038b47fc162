import { css } from 'lit';

export const purchaseStyles = css`
  :host {
    container-type: inline-size;
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

  .documents > li {
    display: grid;
    gap: 8px;
    padding-block: 16px;
  }
  .documents > li.over {
    outline: 2px dashed var(--_accent);
    outline-offset: -2px;
    border-radius: var(--_radius-control);
    background: var(--_raised);
  }
  .documents h4 {
    font-size: 16px;
    font-weight: 600;
  }
  .documents .badge svg {
    width: 14px;
    height: 14px;
  }
  .pick {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
  }
  .pick .button {
    position: relative;
  }
  .button:has(:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  .button > svg {
    width: 20px;
    height: 20px;
    flex: none;
  }
  .camera {
    display: none;
  }
  @media (pointer: coarse) {
    .camera {
      display: inline-flex;
    }
    .pick .drop {
      display: none;
    }
  }
  .chosen {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: 12px;
  }
  .chosen p {
    overflow-wrap: anywhere;
  }
  .thumbnail {
    display: grid;
    place-items: center;
    width: 72px;
    height: 72px;
    object-fit: contain;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius-control);
    background: var(--_raised);
    color: var(--_muted);
  }
  figure.note blockquote {
    margin: 0;
    overflow-wrap: anywhere;
    white-space: pre-line;
  }

  .entry {
    grid-template-columns: minmax(0, 1fr) auto;
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
