import { css } from 'lit';

export const trustStyles = css`
  :host {
    container-type: inline-size;
  }
  :host([dialog]) {
    display: contents;
  }
  .ladder {
    display: grid;
    padding: 0;
    list-style: none;
  }
  .ladder > li {
    position: relative;
    display: grid;
    grid-template-columns: 24px minmax(0, 1fr);
    gap: 2px 12px;
    padding-block-end: 20px;
  }
  .ladder > li:last-child {
    padding-block-end: 0;
  }
  .ladder > li::before {
    content: '';
    position: absolute;
    inset-block: 12px -12px;
    inset-inline-start: 11px;
    width: 2px;
    background: var(--_line);
  }
  .ladder > li:last-child::before {
    display: none;
  }
  .ladder > li.on::before {
    background: var(--_positive);
  }
  .ladder .mark {
    position: relative;
    display: grid;
    place-items: center;
    width: 24px;
    height: 24px;
    border-radius: 50%;
    border: 1.5px solid var(--_edge);
    background: var(--_surface);
    color: var(--_surface);
    transition: background-color 200ms ease-out;
  }
  .ladder .on > .mark {
    border-color: var(--_positive);
    background: var(--_positive);
  }
  .ladder .mark svg {
    width: 14px;
    height: 14px;
    stroke-width: 2.5;
  }
  .ladder .head {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 0 12px;
  }
  .ladder .body {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  .ladder dl.facts {
    margin-block-start: 4px;
    padding-inline: 12px;
    border-radius: var(--_radius-control);
    background: var(--_raised);
    font-size: 14px;
  }
  .ladder dl.facts dd {
    font-size: 14px;
  }
  .signers {
    display: grid;
    gap: 4px;
    padding: 8px 12px;
    list-style: none;
    border-radius: var(--_radius-control);
    background: var(--_raised);
    font-size: 14px;
  }
  .signers li {
    display: grid;
    grid-template-columns: 16px 1fr auto;
    gap: 8px;
    align-items: center;
  }
  .signers svg {
    width: 16px;
    height: 16px;
    color: var(--_positive);
  }
  .columns {
    display: grid;
    gap: 16px;
  }
  .columns ul {
    display: grid;
    gap: 8px;
    margin-block-start: 4px;
    padding-inline-start: 18px;
  }
  @container (min-width: 720px) {
    .columns {
      grid-template-columns: 1fr 1fr;
      gap: 24px;
    }
  }
  .pair {
    display: grid;
    gap: 8px;
  }
  @container (min-width: 420px) {
    .pair {
      grid-template-columns: 1fr 1fr;
    }
  }
`;
