import { css } from 'lit';

export const rungStyles = css`
  button.rung {
    min-height: 44px;
    margin-block: -10px;
    padding: 0 4px;
    gap: 8px;
    font-size: 12px;
    font-weight: 400;
    color: var(--_muted);
    white-space: nowrap;
  }
  /* The bars stand at the edge, not the room around them for a finger. */
  dt button.rung {
    margin-inline-start: -4px;
  }
  dd button.rung,
  .row:not(.start) > button.rung:last-child {
    margin-inline-end: -4px;
  }
  .rungs {
    display: inline-flex;
    align-items: flex-end;
    gap: 2px;
    height: 14px;
  }
  .rungs i {
    width: 4px;
    border-radius: 1px;
    background: transparent;
    box-shadow: inset 0 0 0 1px var(--_edge);
    transition:
      background-color 200ms ease-out,
      box-shadow 200ms ease-out;
  }
  .rungs i:nth-child(1) {
    height: 5px;
  }
  .rungs i:nth-child(2) {
    height: 8px;
  }
  .rungs i:nth-child(3) {
    height: 11px;
  }
  .rungs i:nth-child(4) {
    height: 14px;
  }
  .rungs i.on {
    background: var(--_positive);
    box-shadow: inset 0 0 0 1px var(--_positive);
  }
  button.rung .word {
    color: var(--_text);
  }
  button.rung:hover .word {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  .rung-failed {
    color: var(--_negative);
  }
  .rung-failed:empty {
    display: none;
  }
  @media (forced-colors: active) {
    .rungs i {
      forced-color-adjust: none;
      box-shadow: inset 0 0 0 1px CanvasText;
    }
    .rungs i.on {
      background: CanvasText;
    }
  }
`;
