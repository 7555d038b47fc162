import { css } from 'lit';

/** The way of something that was signed, step by step (`.journey`), and the mark at its end (`.seal`). */
export const journeyStyles = css`
  .journey {
    display: grid;
    padding: 0;
    list-style: none;
  }
  .journey li {
    display: grid;
    grid-template-columns: 20px 1fr auto;
    gap: 12px;
    align-items: center;
    padding-block: 10px;
  }
  .journey .mark {
    display: grid;
    place-items: center;
    width: 20px;
    height: 20px;
    border-radius: 50%;
    border: 1.5px solid var(--_edge);
    color: var(--_on-accent);
  }
  .journey .mark svg {
    width: 14px;
    height: 14px;
    stroke-width: 2.5;
  }
  .journey .done .mark {
    border-color: var(--_positive);
    background: var(--_positive);
    color: var(--_surface);
  }
  .journey .now .mark {
    border-color: var(--_accent);
    box-shadow: inset 0 0 0 4px var(--_surface);
    background: var(--_accent);
  }
  .journey .later {
    color: var(--_muted);
  }
  .seal {
    display: grid;
    place-items: center;
    width: 44px;
    height: 44px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--_positive) 14%, var(--_surface));
    color: var(--_positive);
  }
`;
