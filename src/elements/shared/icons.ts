import { svg } from 'lit';
import { html, type TemplateResult } from 'lit';

const draw = (shapes: unknown): TemplateResult =>
  html`<svg
    viewBox="0 0 20 20"
    width="20"
    height="20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shapes}
  </svg>`;

/** Small line icons, decorative: the word always stands beside them or in the button's label. */
export const icons = {
  copy: () =>
    draw(
      svg`<rect x="7" y="7" width="9" height="9" rx="2"/><path d="M13 7V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v5a2 2 0 0 0 2 2h1"/>`,
    ),
  check: () => draw(svg`<path d="m4.5 10.5 3.5 3.5 7.5-8"/>`),
  cross: () => draw(svg`<path d="m5 5 10 10M15 5 5 15"/>`),
  refresh: () => draw(svg`<path d="M15.5 8A6 6 0 1 0 16 11.5M16 4v4h-4"/>`),
  document: () =>
    draw(
      svg`<path d="M6 3h5l4 4v9a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Z"/><path d="M11 3v4h4M8 11h4M8 14h4"/>`,
    ),
  download: () => draw(svg`<path d="M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 16h12"/>`),
  upload: () => draw(svg`<path d="M10 12V3m0 0 3.5 3.5M10 3 6.5 6.5M4 16h12"/>`),
  camera: () =>
    draw(
      svg`<path d="M4 6.5h2.5L8 4.5h4l1.5 2H16a1 1 0 0 1 1 1V15a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7.5a1 1 0 0 1 1-1Z"/><circle cx="10" cy="11" r="2.5"/>`,
    ),
  shield: () =>
    draw(
      svg`<path d="M10 3 4 5v4.5c0 3.6 2.5 6.3 6 7.5 3.5-1.2 6-3.9 6-7.5V5l-6-2Z"/><path d="m7.5 10 2 2 3.5-4"/>`,
    ),
  back: () => draw(svg`<path d="M12 4 6 10l6 6"/>`),
  clock: () => draw(svg`<circle cx="10" cy="10" r="6.5"/><path d="M10 6.5V10l2.5 1.5"/>`),
  play: () => draw(svg`<path d="M6.5 4.5v11l9-5.5-9-5.5Z"/>`),
  pause: () => draw(svg`<path d="M7 4.5v11M13 4.5v11"/>`),
  stop: () => draw(svg`<rect x="5" y="5" width="10" height="10" rx="1.5"/>`),
  send: () => draw(svg`<path d="M5 15 15 5M7.5 5H15v7.5"/>`),
  receive: () => draw(svg`<path d="M15 5 5 15M12.5 15H5V7.5"/>`),
  settings: () =>
    draw(
      svg`<path d="M3 6h7m4 0h3M3 14h3m4 0h7"/><circle cx="12" cy="6" r="2"/><circle cx="8" cy="14" r="2"/>`,
    ),
  lock: () =>
    draw(svg`<rect x="4.5" y="9" width="11" height="8" rx="2"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>`),
  warning: () => draw(svg`<path d="M10 3.5 2.8 16h14.4L10 3.5Z"/><path d="M10 8.5v3.2M10 14h.01"/>`),
};
