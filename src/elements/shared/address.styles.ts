import { css } from 'lit';

export const addressStyles = css`
  .address {
    position: relative;
    display: inline-flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    max-width: 100%;
    vertical-align: middle;
  }
  .address .identicon {
    width: 24px;
    height: 24px;
    border-radius: 6px;
    flex: none;
  }
  .address .who {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    border-radius: 4px;
  }
  .address .full {
    position: absolute;
    z-index: 2;
    inset-block-start: calc(100% + 4px);
    inset-inline-start: 0;
    width: max-content;
    max-width: min(100vw - 48px, 22em);
    padding: 8px 12px;
    border: var(--_border) solid var(--_line);
    border-radius: var(--_radius-control);
    background: var(--_surface);
    box-shadow: 0 8px 24px var(--_shadow);
    font-size: 12px;
    overflow-wrap: anywhere;
    white-space: normal;
    text-align: start;
    visibility: hidden;
    opacity: 0;
    transition: opacity var(--_ease);
  }
  dd .address .full {
    inset-inline: auto 0;
  }
  .address .who:focus-visible ~ .full,
  .address .who:hover ~ .full {
    visibility: visible;
    opacity: 1;
  }
  .whole {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    text-align: start;
  }
  .whole .identicon {
    width: 32px;
    height: 32px;
    border-radius: 8px;
    flex: none;
  }
  .whole .mono {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  button.copy {
    min-height: 44px;
    width: 44px;
    margin: -10px -12px -10px -8px;
    padding: 0;
    color: var(--_muted);
    flex: none;
  }
  button.copy .done {
    display: none;
    color: var(--_positive);
  }
  button.copy[data-copied] .idle {
    display: none;
  }
  button.copy[data-copied] .done {
    display: inline-flex;
  }
`;
