import { html, svg, type TemplateResult } from 'lit';
import { encode } from 'uqr';
import { type Address, getAddress } from 'viem';
import { copyButton, identicon } from '../../shared/address.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import type { OpenView } from '../view.ts';

/** The address as a QR code: dark on light in every theme, as scanners want it. */
export function addressCode(address: Address, label: string): TemplateResult {
  const { data, size } = encode(getAddress(address), { border: 3 });
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return html`<svg
    class="qr"
    viewBox="0 0 ${size} ${size}"
    role="img"
    aria-label=${label}
    shape-rendering="crispEdges"
  >
    ${svg`<rect width=${size} height=${size} fill="#fff"/><path fill="#000" d=${dark}/>`}
  </svg>`;
}

/** Where others send to: to be scanned, read or copied. */
export function renderReceive({ t, language, session, account }: OpenView): TemplateResult {
  const address = getAddress(account);
  return html`<div class="receive">
    ${addressCode(address, t.qrLabel(address))}
    <div class="whole">
      ${identicon(address)}
      <p class="mono" tabindex="0" aria-label=${address}>${address}</p>
      ${copyButton(address, sharedWords(language).copyAddress(address), language)}
    </div>
    <p class="small muted">${t.receiveIntro(session.profile.name)}</p>
  </div>`;
}
