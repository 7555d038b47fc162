import { html, nothing, type TemplateResult } from 'lit';
import { atLeast, type BlockRef, type Rung, RUNGS } from '../../protocol/trust.ts';
import type { EvidenceSummary } from '../../light-client/evidence-summary.ts';
import type { LightClientStatus } from '../../light-client/light-client-api.ts';
import { renderHash } from '../shared/address.ts';
import { formatAge, shortHex } from '../shared/format.ts';
import { icons } from '../shared/icons.ts';
import type { TrustWords } from './hsk-trust.messages.ts';

interface Context {
  t: TrustWords;
  language: string;
  /** Seconds since 1970. */
  now: number;
}

/** The four rungs; under each that is reached, what `detail` has to say. */
function renderRungs(
  reached: Rung | undefined,
  at: (rung: Rung) => BlockRef | undefined,
  detail: (rung: Rung) => unknown,
  { t, language, now }: Context,
): TemplateResult {
  const what: Record<Rung, string> = {
    sequenced: t.sequencedWhat,
    attested: t.attestedWhat,
    anchored: t.anchoredWhat,
    final: t.finalWhat,
  };
  return html`<ol class="ladder" aria-label=${t.ladder} part="ladder">
    ${RUNGS.map((rung) => {
      const on = reached !== undefined && atLeast(reached, rung);
      const block = at(rung);
      return html`<li class=${on ? 'on' : ''} data-rung=${rung}>
        <span class="mark">${on ? icons.check() : nothing}</span>
        <div class="body">
          <p class="head">
            <strong>${t[rung]}</strong>
            <span class="tiny muted">
              ${
                block
                  ? html`${t.block(block.number.toLocaleString(language))} ·
                      ${formatAge(block.timestamp, now, language)}
                      <span class="visually-hidden">${on ? t.reached : t.notReached}</span>`
                  : on
                    ? t.reached
                    : t.notReached
              }
            </span>
          </p>
          <p class="small muted">${what[rung]}</p>
          ${on ? detail(rung) : nothing}
        </div>
      </li>`;
    })}
  </ol>`;
}

/** Where the light client's verified heads are now. */
export function renderHeads(status: LightClientStatus, context: Context): TemplateResult {
  // The chain is one: whatever is attested has been sequenced.
  const reached = RUNGS.findLast((rung) => status.heads[rung]);
  return renderRungs(
    reached,
    (rung) => status.heads[rung],
    () => nothing,
    context,
  );
}

/** The evidence behind one answer, rung by rung. */
export function renderEvidence(summary: EvidenceSummary, context: Context): TemplateResult {
  const { t, language } = context;
  const { attestation, anchor, mainchain, ethereum } = summary;
  const stages = { proposed: t.stageProposed, resolved: t.stageResolved, final: t.stageFinal };
  const proofs = {
    account: t.provenByAccount,
    storage: t.provenByStorage,
    code: t.provenByCode,
    block: t.provenByBlock,
    call: t.provenByCall,
    receipt: t.provenByReceipt,
    logs: t.provenByLogs,
  };
  const fact = (name: string, value: unknown) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const hash = (name: string, value: string) => fact(name, renderHash(value, name, language));
  const details: Record<Rung, () => unknown> = {
    sequenced: () =>
      html`<dl class="facts">
        ${fact(t.provenBy, proofs[summary.claim.kind])} ${hash(t.blockHash, summary.block.hash)}
        ${hash(t.stateRoot, summary.block.stateRoot)}
      </dl>`,
    attested: () =>
      attestation &&
      html`<p class="small">
          ${t.signedBy(attestation.members.filter((member) => member.signed).length, attestation.members.length)},
          ${t.needed(attestation.threshold)}
        </p>
        ${renderSigners(
          attestation.members.map(({ key, signed }, index) => ({ name: t.member(index + 1), key, signed })),
          t,
        )}
        <dl class="facts">
          ${fact(t.attestedBlock, attestation.block.toLocaleString(language))}
          ${fact(t.epoch, String(attestation.epoch))} ${hash(t.digest, attestation.digest)}
        </dl>`,
    anchored: () =>
      anchor &&
      html`<dl class="facts">
          ${fact(t.anchorBlock, anchor.block.toLocaleString(language))} ${hash(t.registry, anchor.registry)}
        </dl>
        ${
          mainchain &&
          html`<p class="small">
              ${
                ethereum
                  ? t.committeeSigned(ethereum.signers, ethereum.committeeSize)
                  : t.sealedBy(
                      mainchain.validators.filter((v) => v.sealed).length,
                      mainchain.validators.length,
                    )
              }
            </p>
            ${ethereum ? html`<p class="small">${stages[ethereum.stage]}</p>` : nothing}
            ${renderSigners(
              mainchain.validators.map(({ address, sealed }, index) => ({
                name: t.validator(index + 1),
                key: address,
                signed: sealed,
              })),
              t,
            )}
            <dl class="facts">
              ${fact(t.mainchainBlock, mainchain.number.toLocaleString(language))}
              ${hash(t.blockHash, mainchain.hash)}
              ${ethereum ? fact(t.ethereumBlock, ethereum.block.toLocaleString(language)) : nothing}
            </dl>`
        }`,
    final: () =>
      summary.finalityDepth === undefined
        ? nothing
        : html`<p class="small">${t.finality(summary.finalityDepth)}</p>`,
  };
  const times: Partial<Record<Rung, BlockRef>> = {
    sequenced: summary.block,
    ...(mainchain && {
      anchored: { number: mainchain.number, hash: mainchain.hash, timestamp: mainchain.timestamp },
    }),
  };
  return renderRungs(
    summary.rung,
    (rung) => times[rung],
    (rung) => details[rung]() ?? nothing,
    context,
  );
}

function renderSigners(
  signers: { name: string; key: string; signed: boolean }[],
  t: TrustWords,
): TemplateResult {
  return html`<ul class="signers">
    ${signers.map(
      ({ name, key, signed }) =>
        html`<li>
          <span>${signed ? icons.check() : nothing}</span>
          <span>${name} <span class="mono muted">${shortHex(key, 8, 4)}</span></span>
          <span class="tiny muted">${signed ? t.signed : t.notSigned}</span>
        </li>`,
    )}
  </ul>`;
}
