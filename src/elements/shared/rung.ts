import { html, nothing, type TemplateResult } from 'lit';
import type { LightClientStatus } from '../../light-client/light-client-api.ts';
import { serializeError } from '../../protocol/errors.ts';
import { type BlockRef, type Proven, type Rung, RUNGS } from '../../protocol/trust.ts';
import { errorWords } from './error-box.ts';
import { ElementErrorEvent, type EvidenceSubject, OpenEvidenceEvent } from './events.ts';
import { formatAge } from './format.ts';
import { loadCode } from './load-code.ts';
import { sharedWords } from './shared.messages.ts';
import type { Session } from './session.ts';

/**
 * How far an answer proven in `block` has come by now. The verified heads are one chain, so whatever
 * stands at or below the head of a rung has reached it; it never falls back below `proven`.
 */
export function rungReached(proven: Rung, block: BlockRef, heads: LightClientStatus['heads']): Rung {
  let reached: Rung = proven;
  for (const rung of RUNGS)
    if (heads[rung] && heads[rung].number >= block.number && RUNGS.indexOf(rung) > RUNGS.indexOf(reached))
      reached = rung;
  return reached;
}

/** Four small bars, filled as far as it came; a picture only. */
export function rungBars(rung: Rung | undefined): TemplateResult {
  const reached = rung === undefined ? -1 : RUNGS.indexOf(rung);
  return html`<span class="rungs" aria-hidden="true"
    >${RUNGS.map((_, index) => html`<i class=${index <= reached ? 'on' : ''}></i>`)}</span
  >`;
}

/** What a ladder is drawn from. Without the block it has no age and does not climb; without evidence no press. */
export type Standing = Pick<Proven<unknown>, 'rung'> & Partial<Pick<Proven<unknown>, 'block' | 'evidenceId'>>;

/**
 * The ladder beside a number: bars, word, age. A press opens the evidence. Without `proven` it is the
 * empty ladder of something not yet in a block.
 *
 * @param label what the number is, for the dialog and for screen readers
 */
export function renderRung(
  proven: Standing | undefined,
  session: Session,
  label: string,
  language: string,
): TemplateResult {
  const words = sharedWords(language);
  if (!proven)
    return html`<span class="row start tiny muted" part="rung"
      >${rungBars(undefined)} ${words.waiting}</span
    >`;
  const { block, evidenceId } = proven;
  const rung = block ? rungReached(proven.rung, block, session.status.heads) : proven.rung;
  const ladder = html`${rungBars(rung)} <span class="word">${words[rung]}</span> ${
      block
        ? html`<span class="age">${formatAge(block.timestamp, Date.now() / 1000, language, 'narrow')}</span>`
        : nothing
    }`;
  if (evidenceId === undefined)
    return html`<span class="row start tiny muted" part="rung" data-rung=${rung}>${ladder}</span>`;
  const press = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    const said = button.nextElementSibling as HTMLElement;
    said.textContent = '';
    try {
      await openEvidence(button, { session, evidenceId, label });
    } catch (caught) {
      const error = serializeError(caught);
      const { message, next } = errorWords(error, language);
      said.textContent = [message, next].filter(Boolean).join('\n');
      button.dispatchEvent(new ElementErrorEvent(error));
    }
  };
  return html`<button type="button" class="rung" part="rung" data-rung=${rung} @click=${press}>
      <span class="visually-hidden">${label}:</span>
      ${ladder}
      <span class="visually-hidden">${words.rungOf(RUNGS.indexOf(rung) + 1)}</span></button
    ><span class="rung-failed verbatim tiny" role="status"></span>`;
}

/**
 * Asks the page to show the evidence; when nobody cancels, opens `<hsk-trust>` as a dialog over it.
 *
 * @throws `CODE_UNAVAILABLE`
 */
export async function openEvidence(from: Element, subject: EvidenceSubject): Promise<void> {
  if (!from.dispatchEvent(new OpenEvidenceEvent(subject))) return;
  const { openTrustDialog } = await loadCode(() => import('../hsk-trust/open-trust-dialog.ts'));
  openTrustDialog(from, subject);
}
