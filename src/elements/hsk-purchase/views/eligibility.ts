import { html, nothing, type TemplateResult } from 'lit';
import type { ProvingProgress } from '../../../identity/prover-api.ts';
import type { EligibilityReason } from '../../../market/purchase-machine.ts';
import { countryName } from '../../shared/countries.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatPercent } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderProgress } from '../../shared/progress.ts';
import { applicationWords } from '../application.messages.ts';
import { purchaseErrors } from '../purchase-errors.ts';
import type { StepView, View } from '../view.ts';

/** What of a purchase the proof is about. */
interface Proving {
  disclosable: number | undefined;
  disclosing: boolean;
  disclose(disclosing: boolean): void;
  prove(): unknown;
}

/** Every rule of the fund with its answer: never one refusal without a reason. */
function renderReasons(reasons: EligibilityReason[], { t, product }: View): TemplateResult | typeof nothing {
  if (reasons.length === 0) return nothing;
  const words: Record<string, string> = {
    country: t.reasonCountry,
    kind: t.reasonKind,
    tier: t.reasonTier,
    age: t.reasonAge(product.policy.minAge),
    screened: t.reasonScreened,
    expiry: t.reasonExpiry,
    generation: t.reasonGeneration,
  };
  return html`<ul class="list reasons">
    ${reasons.map(
      ({ code, met }) =>
        html`<li>
          <span class=${met ? 'met' : 'unmet'}>${met ? icons.check() : icons.cross()}</span>
          <span>${words[code] ?? code}</span>
          <span class="small ${met ? 'muted' : 'unmet'}">${met ? t.met : t.notMet}</span>
        </li>`,
    )}
  </ul>`;
}

/** What no new verification changes, in a sentence of its own. */
function renderBlocked({ state, language }: StepView<'ineligible'>): TemplateResult | typeof nothing {
  const w = applicationWords(language);
  const unmet = (code: string) => state.reasons.some((reason) => reason.code === code && !reason.met);
  if (unmet('country')) return html`<p>${w.blockedCountry}</p>`;
  return unmet('age') ? html`<p>${w.blockedAge}</p>` : nothing;
}

export function renderIneligible(view: StepView<'ineligible'>, reapply: () => void): TemplateResult {
  const { t, state } = view;
  return html`<div class="stack">
    <div class="stack tight" role="alert">
      <h3 class="title" tabindex="-1" data-focus>${t.ineligibleTitle}</h3>
      ${renderBlocked(view)}
    </div>
    ${renderReasons(state.reasons, view)}
    <p class="small muted">${t.ineligibleNext}</p>
    <div class="actions">
      <button type="button" class="secondary wide" @click=${reapply}>${t.verifyAgain}</button>
    </div>
  </div>`;
}

/** A business may say where it is. What was said stands in the chain's past for good. */
function renderDisclosure(language: string, proving: Proving): TemplateResult | typeof nothing {
  const { disclosable, disclosing } = proving;
  if (disclosable === undefined) return nothing;
  const w = applicationWords(language);
  return html`<label class="choice">
    <input
      type="checkbox"
      .checked=${disclosing}
      @change=${(event: Event) => proving.disclose((event.target as HTMLInputElement).checked)}
    />
    <span>
      ${w.disclose(countryName(disclosable, language))}<span class="hint">${w.discloseHint}</span>
    </span>
  </label>`;
}

export function renderEligible(view: StepView<'eligible'>, proving: Proving): TemplateResult {
  const { t, language, state, session } = view;
  return html`<div class="stack">
    <h3 class="title">${t.eligibleTitle}</h3>
    ${renderReasons(state.reasons, view)}
    <p class="small muted">${t.proveIntro}</p>
    ${session.profile.circuit.development ? html`<p class="note warning small">${t.developmentCeremony}</p>` : nothing}
    ${renderDisclosure(language, proving)}
    ${renderError(state.error, language, { catalogue: purchaseErrors(t) })}
    <div class="actions">
      <button type="button" class="primary wide" @click=${() => proving.prove()}>${t.prove}</button>
    </div>
  </div>`;
}

export function renderProving({ t, language, state }: StepView<'proving'>): TemplateResult {
  return renderProofProgress(state, t, language);
}

/** How far a proof is, and with what. */
export function renderProofProgress(
  { stage, fraction }: ProvingProgress,
  t: View['t'],
  language: string,
): TemplateResult {
  const stages = {
    artefacts: t.stageArtefacts,
    witness: t.stageWitness,
    proof: t.stageProof,
    check: t.stageCheck,
    done: t.stageDone,
  };
  return renderProgress(t.proving(formatPercent(fraction, language)), {
    fraction,
    detail: stages[stage],
    language,
  });
}

export function renderAdmitting({ t, language, state }: StepView<'admitting'>): TemplateResult {
  return html`<div class="stack">
    ${renderProgress(t.admitting, { detail: state.sent ? t.admittingSent : '', language })}
    ${renderError(state.error, language, { catalogue: purchaseErrors(t) })}
  </div>`;
}
