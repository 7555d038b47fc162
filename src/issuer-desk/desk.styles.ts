import { css } from 'lit';

export const deskStyles = css`
  :host {
    container-type: inline-size;
    min-height: 100dvh;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 20px;
    padding: 8px 16px;
    border-bottom: 1px solid var(--_line);
    background: var(--_surface);
  }
  .bar h1 {
    margin: 0;
    font-size: 16px;
    font-weight: 650;
  }
  nav {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  nav button {
    padding-inline: 12px;
    font-weight: 500;
    font-size: 14px;
    color: var(--_muted);
  }
  nav button[aria-current] {
    color: var(--_text);
    background: var(--_raised);
    font-weight: 650;
  }
  .ends {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px;
    margin-inline-start: auto;
  }
  .ends button {
    font-size: 14px;
    font-weight: 500;
  }
  main {
    display: grid;
    gap: 16px;
    max-width: 1080px;
    margin-inline: auto;
    padding: 20px 16px 64px;
  }
  main > h2 {
    overflow-wrap: anywhere;
  }
  .narrow {
    width: min(100%, 480px);
    margin: 8dvh auto 0;
  }
  .skip {
    position: absolute;
    inset-inline-start: -200vw;
  }
  .skip:focus {
    inset-inline-start: 16px;
    top: 8px;
    z-index: 1;
    padding: 8px 12px;
    background: var(--_surface);
  }
  .counts {
    display: grid;
    gap: 8px;
    grid-template-columns: repeat(auto-fit, minmax(140px, 1fr));
    padding: 0;
    list-style: none;
  }
  .counts li {
    display: grid;
    padding: 12px 16px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .counts strong {
    font-size: 28px;
    font-weight: 600;
    line-height: 1.2;
    font-variant-numeric: tabular-nums;
  }
  .list.cases > li {
    padding: 0;
  }
  button.case {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 4px 12px;
    width: 100%;
    padding: 12px 8px;
    border-radius: var(--_radius-control);
    text-align: start;
    font-weight: 500;
  }
  button.case:hover {
    background: var(--_raised);
  }
  .case .who {
    overflow-wrap: anywhere;
  }
  .case .tags {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  .case time {
    grid-column: 2;
    grid-row: 1;
    font-variant-numeric: tabular-nums;
    font-weight: 400;
  }
  .badge.alarm {
    color: var(--_negative);
    border-color: currentColor;
  }
  .badge.alarm::before {
    content: '▲' / '';
    font-size: 9px;
  }
  .two {
    display: grid;
    gap: 16px;
    align-items: start;
  }
  .two > div {
    display: grid;
    gap: 16px;
    min-width: 0;
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .acts button {
    flex: 1 1 auto;
  }
  .acts button[aria-expanded='true'] {
    box-shadow: inset 0 0 0 1px currentColor;
  }
  .finding {
    display: grid;
    gap: 8px;
    padding-block-start: 12px;
    border-top: 1px solid var(--_line);
  }
  table {
    width: 100%;
    table-layout: fixed;
    border-collapse: collapse;
    font-size: 14px;
  }
  th,
  td {
    padding: 6px 8px 6px 0;
    border-top: 1px solid var(--_line);
    text-align: start;
    vertical-align: top;
    font-weight: 400;
    overflow-wrap: anywhere;
  }
  thead th,
  thead td {
    border-top: 0;
  }
  th {
    color: var(--_muted);
  }
  img.document {
    display: block;
    max-width: 100%;
    max-height: 80dvh;
    border: 1px solid var(--_line);
    border-radius: var(--_radius-control);
    background: var(--_raised);
  }
  .record li {
    min-height: 0;
  }
  .search {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 8px;
    align-items: end;
  }
  input[type='file'] {
    padding: 9px 12px;
  }
  h2:focus {
    outline: none;
  }
  @container (min-width: 900px) {
    .two {
      grid-template-columns: minmax(0, 7fr) minmax(0, 5fr);
    }
    .two > .beside {
      position: sticky;
      top: 16px;
    }
    button.case {
      grid-template-columns: minmax(0, 1fr) auto auto;
    }
    .case .tags {
      grid-column: 2;
    }
    .case time {
      grid-column: 3;
      min-width: 7em;
      text-align: end;
    }
  }
`;
