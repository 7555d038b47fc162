import { html, nothing, svg, type TemplateResult } from 'lit';
import { type Address, hexToBytes, keccak256 } from 'viem';
import { shortHex } from './format.ts';
import { icons } from './icons.ts';
import { sharedWords } from './shared.messages.ts';

/**
 * A picture of an address: five by five cells, mirrored, in one of many hues, drawn from its hash. It helps
 * the eye notice a different address; it does not prove that two are the same.
 */
export function identicon(address: Address): TemplateResult {
  const bytes = hexToBytes(keccak256(address.toLowerCase() as Address));
  const hue = Math.round(((bytes[0]! * 256 + bytes[1]!) / 65_536) * 360);
  const cells = [];
  for (let column = 0; column < 3; column++)
    for (let row = 0; row < 5; row++) {
      const index = column * 5 + row;
      if (!(bytes[2 + (index >> 3)]! & (1 << (index & 7)))) continue;
      cells.push(svg`<rect x=${column} y=${row} width="1.02" height="1.02"></rect>`);
      if (column < 2) cells.push(svg`<rect x=${4 - column} y=${row} width="1.02" height="1.02"></rect>`);
    }
  return html`<svg class="identicon" viewBox="-1 -1 7 7" aria-hidden="true">
    <rect x="-1" y="-1" width="7" height="7" fill=${`hsl(${hue} 38% 90%)`}></rect>
    <g fill=${`hsl(${hue} 52% 38%)`}>${cells}</g>
  </svg>`;
}

/** Copies `text` and confirms it in place, to the eye and to screen readers. */
export function copyButton(text: string, label: string, language: string): TemplateResult {
  const words = sharedWords(language);
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    const live = button.nextElementSibling as HTMLElement;
    await navigator.clipboard.writeText(text);
    button.toggleAttribute('data-copied', true);
    live.textContent = words.copied;
    setTimeout(() => {
      button.removeAttribute('data-copied');
      live.textContent = '';
    }, 2000);
  };
  return html`<button
      type="button"
      class="copy"
      part="copy"
      aria-label=${label}
      title=${words.copy}
      @click=${copy}
    >
      <span class="idle">${icons.copy()}</span><span class="done">${icons.check()}</span></button
    ><span class="visually-hidden" role="status"></span>`;
}

/** `0x12ab…9f3c` with identicon and copy button; the name where one is known; in full on focus and hover. */
export function renderAddress(
  address: Address,
  language: string,
  options: { name?: string; copy?: boolean; identicon?: boolean } = {},
): TemplateResult {
  const short = shortHex(address);
  return html`<span class="address" part="address">
    ${options.identicon === false ? nothing : identicon(address)}
    <span
      class="who"
      tabindex="0"
      role="img"
      aria-label=${options.name ? `${options.name} ${address}` : address}
      >${options.name ? html`${options.name} <span class="muted mono">${short}</span>` : html`<span class="mono">${short}</span>`}</span
    >
    ${
      options.copy === false
        ? nothing
        : copyButton(address, sharedWords(language).copyAddress(short), language)
    }
    <span class="full mono" aria-hidden="true">${address}</span>
  </span>`;
}

/** Picture and every digit, where somebody is about to agree to it. */
export function renderWholeAddress(address: Address): TemplateResult {
  return html`<span class="whole">${identicon(address)}<span class="mono">${address}</span></span>`;
}

/** A hash in short, copied whole. */
export function renderHash(hash: string, label: string, language: string): TemplateResult {
  return html`<span class="address"
    ><span class="who mono" tabindex="0" role="img" aria-label=${hash}>${shortHex(hash)}</span
    >${copyButton(hash, `${sharedWords(language).copy}: ${label}`, language)}<span
      class="full mono"
      aria-hidden="true"
      >${hash}</span
    ></span
  >`;
}
