import { html, type TemplateResult } from 'lit';
import type { LightClientStatus } from '../../light-client/light-client-api.ts';
import { type BlockRef, type Proven, type Rung, RUNGS } from '../../protocol/trust.ts';
import { type EvidenceSubject, OpenEvidenceEvent } from './events.ts';
import { formatAge } from './format.ts';
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

/**
 * The ladder beside a number: bars, word, age. A press opens the evidence. Without `proven` it is the
 * empty ladder of something not yet in a block.
 *
 * @param label what the number is, for the dialog and for screen readers
 */
export function renderRung(
  proven: Pick<Proven<unknown>, 'rung' | 'block' | 'evidenceId'> | undefined,
  session: Session,
  label: string,
  language: string,
): TemplateResult {
  const words = sharedWords(language);
  if (!proven)
    return html`<span class="row start tiny muted" part="rung"
      >${rungBars(undefined)} ${words.waiting}</span
    >`;
  const rung = rungReached(proven.rung, proven.block, session.status.heads);
  const age = formatAge(proven.block.timestamp, Date.now() / 1000, language, 'narrow');
  const press = (event: Event) =>
    void openEvidence(event.currentTarget as Element, { session, evidenceId: proven.evidenceId, label });
  return html`<button type="button" class="rung" part="rung" data-rung=${rung} @click=${press}>
    <span class="visually-hidden">${label}:</span>
    ${rungBars(rung)} <span class="word">${words[rung]}</span> <span class="age">${age}</span>
    <span class="visually-hidden">${words.rungOf(RUNGS.indexOf(rung) + 1)}</span>
  </button>`;
}

/** Asks the page to show the evidence; when nobody cancels, opens `<hsk-trust>` as a dialog over it. */
export async function openEvidence(from: Element, subject: EvidenceSubject): Promise<void> {
  if (!from.dispatchEvent(new OpenEvidenceEvent(subject))) return;
  const { openTrustDialog } = await import('../hsk-trust/open-trust-dialog.ts');
  openTrustDialog(from, subject);
}
