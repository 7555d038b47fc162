import { html, nothing, type TemplateResult } from 'lit';
import type { MandateState } from '../../../agent/agent-api.ts';
import type { Proven } from '../../../protocol/trust.ts';
import { type ErrorCatalogue, renderError } from '../../shared/error-box.ts';
import { formatDate } from '../../shared/format.ts';
import { renderProgress } from '../../shared/progress.ts';
import { renderRung } from '../../shared/rung.ts';
import { agentErrors } from '../agent-errors.ts';
import { money, type View } from '../view.ts';
import { type VouchWords, vouchWords } from '../vouch.messages.ts';

/** Who stands behind the agent: the offer to vouch for it, or what is proven of the mandate. */
export function renderVouch(view: View, vouch: () => void): TemplateResult | typeof nothing {
  const { language, budgets } = view;
  const { mandate, vouching, vouchError } = budgets;
  if (!mandate) return nothing;
  const v = vouchWords(language);
  const { state } = mandate.value;
  const offered = state === 'none' || state === 'unproven';
  return html`<section class="stack tight" part="mandate" aria-label=${v.title} data-mandate=${state}>
    <h3 class="subtitle">${v.title}</h3>
    ${state === 'none' ? html`<p class="small muted">${v.intro}</p>` : renderMandate(view, mandate, v)}
    ${renderError(vouchError, language, { catalogue: vouchErrors(view, v) })}
    ${
      vouching
        ? renderProgress(vouching.step === 'proving' ? v.proving : v.granting, {
            language,
            ...(vouching.step === 'proving' && { fraction: vouching.fraction }),
          })
        : offered
          ? html`<div>
              <button type="button" class="secondary" @click=${vouch}>
                ${state === 'none' ? v.vouch : v.again}
              </button>
            </div>`
          : nothing
    }
  </section>`;
}

function renderMandate(
  { language, session }: View,
  mandate: Proven<MandateState>,
  v: VouchWords,
): TemplateResult {
  const { state, spent, limit, notAfter, provenUntil } = mandate.value;
  const said = { standing: v.stands, unproven: v.unproven, over: v.over, none: v.over }[state];
  const until = provenUntil < notAfter ? provenUntil : notAfter;
  return html`<div class="stack tight" role="status">
      <p class="row start wrap"><strong>${said}</strong> ${renderRung(mandate, session, said, language)}</p>
      ${
        state === 'standing'
          ? html`<p class="small muted">${v.until(formatDate(until, language))}</p>`
          : nothing
      }
    </div>
    ${
      state === 'over'
        ? nothing
        : html`<dl class="facts">
            <div>
              <dt>${v.counted}</dt>
              <dd>${v.countedOf(money(spent, language), money(limit, language))}</dd>
            </div>
          </dl>`
    }`;
}

function vouchErrors({ t }: View, v: VouchWords): ErrorCatalogue {
  const refused = { message: v.refused, next: v.refusedNext };
  const failed = { message: v.proofFailed, next: v.nothingSent };
  return {
    ...agentErrors(t),
    PROVER_NO_CREDENTIAL: { message: v.noCredential, next: v.noCredentialNext },
    PROVER_LEAF_ABSENT: { message: v.removed, next: v.removedNext },
    PROVER_: failed,
    ARTEFACT_: failed,
    ISSUER_: { message: v.issuerFailed, next: v.nothingSent },
    MANDATE_: refused,
    CALL_REVERTS: refused,
    TRANSACTION_: refused,
  };
}
