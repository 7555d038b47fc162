import { css } from 'lit';

export const walletStyles = css`
  :host {
    container-type: inline-size;
  }
  :host(.inner) .card {
    padding: 0;
    border: 0;
    border-radius: 0;
    background: none;
    box-shadow: none;
  }
  /* The element around it counts its own steps. */
  :host(.inner) .head .tiny {
    display: none;
  }
  form {
    display: grid;
    gap: 16px;
  }
  .pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 8px;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-inline-start: -12px;
  }

  .password {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 4px;
  }
  .password input[type='text'] {
    font-family: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace;
  }
  .hint .row svg {
    width: 18px;
    height: 18px;
  }
  .hint .row {
    gap: 4px;
  }
  .hint.row {
    min-height: 28px;
  }

  .phrase {
    padding: 16px;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius-control);
    background: var(--_raised);
  }
  ol.phrase {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 4px 16px;
    list-style: none;
    counter-reset: word;
  }
  ol.phrase li {
    display: grid;
    grid-template-columns: 2em minmax(0, 1fr);
    align-items: baseline;
    min-height: 28px;
    counter-increment: word;
  }
  ol.phrase li::before {
    content: counter(word);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    color: var(--_muted);
  }
  ol.phrase .mono {
    font-size: 16px;
  }
  @container (min-width: 480px) {
    ol.phrase {
      grid-template-columns: repeat(3, 1fr);
    }
  }
  .phrase.covered {
    display: grid;
    place-content: center;
    place-items: center;
    gap: 12px;
    min-height: 200px;
    text-align: center;
  }

  .owner {
    min-height: 44px;
    margin-block: -4px;
    margin-inline-end: -12px;
  }
  .cash {
    display: grid;
    gap: 2px;
  }
  .cash > .row {
    min-height: 28px;
  }
  .rung-space {
    display: inline-block;
    height: 24px;
  }

  .tabs {
    display: flex;
    gap: 20px;
    border-bottom: var(--_border) solid var(--_line);
  }
  .tabs button {
    padding: 8px 0;
    margin-block-end: calc(-1 * var(--_border));
    border: 0;
    border-bottom: 2px solid transparent;
    border-radius: 0;
    font-size: 14px;
    color: var(--_muted);
  }
  .tabs button[aria-selected='true'] {
    border-bottom-color: var(--_accent);
    color: var(--_text);
  }
  .holdings > li,
  .activity > li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    gap: 4px 12px;
  }
  .identity > li {
    display: grid;
    gap: 8px;
  }
  .identity .badge svg {
    width: 14px;
    height: 14px;
  }
  .button:has(:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  label.button {
    position: relative;
  }
  .button.wide {
    width: 100%;
  }
  .button > svg {
    width: 20px;
    height: 20px;
    flex: none;
  }
  .what,
  .how {
    display: grid;
    gap: 2px;
    min-width: 0;
  }
  .what {
    justify-items: start;
    overflow-wrap: anywhere;
  }
  .how {
    justify-items: end;
    text-align: end;
  }
  .what button.rung {
    margin-inline-start: -4px;
  }
  .native .what {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 8px;
  }
  .how button.rung {
    margin-inline-end: -4px;
  }
  .when {
    white-space: nowrap;
  }
  s .amount {
    color: var(--_muted);
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 24px 8px 8px;
    text-align: center;
  }
  .empty button {
    margin-block-start: 8px;
  }

  .entry {
    grid-template-columns: minmax(0, 1fr) auto auto;
    align-items: center;
  }
  dl.facts > div.party {
    display: grid;
    justify-content: stretch;
  }
  dl.facts > div.party dd {
    margin: 0;
  }
  .receive {
    display: grid;
    justify-items: center;
    gap: 16px;
    text-align: center;
  }
  .receive .qr {
    width: min(224px, 100%);
    height: auto;
    border-radius: var(--_radius-control);
    border: var(--_border) solid var(--_line);
  }
  .receive .whole {
    max-width: 26em;
  }
  .receive button.copy {
    margin: 0;
  }
  .box {
    max-height: 220px;
    overflow: auto;
    padding: 12px;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius-control);
    background: var(--_raised);
  }
  .origin {
    overflow-wrap: anywhere;
  }
`;
