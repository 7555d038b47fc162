import { css } from 'lit';

/**
 * `.shell` a card of sections with rules between; `[data-focus]` the heading that is read out when a step
 * begins; a bar that moves where it is not known how far it is.
 */
export const progressStyles = css`
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
  [data-focus]:focus-visible {
    outline: none;
  }
  .progress .fill.moving {
    animation: hsk-breathe 1.6s ease-in-out infinite;
  }
`;
