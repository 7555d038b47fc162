import { css } from 'lit';

/**
 * The dozen colours, once. A host sets `--hsk-color-*` anywhere above the element; inside, styles read
 * the short private names, which carry the defaults. Light or dark follows the page's `color-scheme`,
 * or the `theme` attribute (`light`, `dark`, `auto` for the system's preference).
 *
 * @cssproperty --hsk-color-surface Background of cards and fields
 * @cssproperty --hsk-color-raised Background of what stands out from a card
 * @cssproperty --hsk-color-text Text
 * @cssproperty --hsk-color-muted Secondary text
 * @cssproperty --hsk-color-line Borders and rules
 * @cssproperty --hsk-color-accent Primary action and links
 * @cssproperty --hsk-color-on-accent Text on the accent
 * @cssproperty --hsk-color-positive Done, received, in good order
 * @cssproperty --hsk-color-warning Needs attention
 * @cssproperty --hsk-color-negative Failed, refused, destructive
 * @cssproperty --hsk-color-focus Focus ring
 * @cssproperty --hsk-color-shadow Shadow under what floats
 * @cssproperty --hsk-radius Corner radius of cards; controls take two thirds of it
 * @cssproperty --hsk-border-width Border of cards and fields
 * @cssproperty --hsk-shadow Shadow of cards; none by default
 */
export const themeStyles = css`
  :host {
    --_surface: var(--hsk-color-surface, light-dark(#ffffff, #15181d));
    --_raised: var(--hsk-color-raised, color-mix(in srgb, var(--_text) 5%, var(--_surface)));
    --_text: var(--hsk-color-text, light-dark(#15191f, #eceff3));
    --_muted: var(--hsk-color-muted, light-dark(#596270, #a6aeba));
    --_line: var(--hsk-color-line, light-dark(#dde1e7, #323841));
    --_accent: var(--hsk-color-accent, light-dark(#14395e, #9cc2ec));
    --_on-accent: var(--hsk-color-on-accent, light-dark(#ffffff, #0d1b2a));
    --_positive: var(--hsk-color-positive, light-dark(#136b48, #6bcb9f));
    --_warning: var(--hsk-color-warning, light-dark(#855600, #e5b657));
    --_negative: var(--hsk-color-negative, light-dark(#ae261c, #f48d84));
    --_focus: var(--hsk-color-focus, light-dark(#1f66d0, #8fbcff));
    --_shadow: var(--hsk-color-shadow, light-dark(rgb(16 24 40 / 0.16), rgb(0 0 0 / 0.55)));
    /* Edge of a control: 3:1 against the surface (WCAG 1.4.11). */
    --_edge: color-mix(in srgb, var(--_muted) 78%, var(--_surface));
    --_radius: var(--hsk-radius, 12px);
    --_radius-control: calc(var(--_radius) * 2 / 3);
    --_border: var(--hsk-border-width, 1px);
    --_card-shadow: var(--hsk-shadow, none);
    --_ease: 160ms cubic-bezier(0.2, 0, 0, 1);

    display: block;
    box-sizing: border-box;
    min-width: 0;
    color: var(--_text);
    font: inherit;
    font-size: 16px;
    line-height: 1.5;
    text-align: start;
    -webkit-text-size-adjust: 100%;
    -webkit-tap-highlight-color: transparent;
  }
  :host([hidden]) {
    display: none;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  :host([theme='auto']) {
    color-scheme: light dark;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }

  @media (forced-colors: active) {
    :host {
      --_surface: Canvas;
      --_raised: Canvas;
      --_text: CanvasText;
      --_muted: CanvasText;
      --_line: CanvasText;
      --_edge: CanvasText;
      --_accent: Highlight;
      --_on-accent: HighlightText;
      --_positive: CanvasText;
      --_warning: CanvasText;
      --_negative: CanvasText;
      --_focus: Highlight;
      --_shadow: transparent;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      transition-duration: 0s !important;
      animation-duration: 0s !important;
      animation-iteration-count: 1 !important;
    }
  }
`;
