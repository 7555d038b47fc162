import type { EvidenceSubject } from '../shared/events.ts';
import { languageOf } from '../shared/i18n.ts';
import './define.ts';

/** Opens the evidence behind a number in a dialog of its own, in the language and theme of `from`. */
export function openTrustDialog(from: Element, subject: EvidenceSubject): void {
  const trust = document.createElement('hsk-trust');
  trust.lang = languageOf(from);
  const host = themedHost(from);
  const theme = host?.getAttribute('theme');
  if (theme) trust.setAttribute('theme', theme);
  trust.dialog = true;
  trust.session = subject.session;
  trust.subject = subject;
  // Beside the element, so that the host's custom properties reach the dialog as they reach it.
  (host?.parentNode ?? document.body).append(trust);
  trust.addEventListener('hsk-closed', () => trust.remove(), { once: true });
}

/** The outermost custom element around `from`: the one that stands in the host's page. */
function themedHost(from: Element): Element | undefined {
  let host: Element | undefined;
  for (let root = from.getRootNode(); root instanceof ShadowRoot; root = root.host.getRootNode())
    host = root.host;
  return host;
}
