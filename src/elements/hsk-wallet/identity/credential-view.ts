import { html, nothing, type TemplateResult } from 'lit';
import type { HeldCredential } from '../../../identity/standing.ts';
import { endOfDay, type Validity, validityUntil } from '../../../identity/validity.ts';
import { HolderKind } from '../../../protocol/zkid.ts';
import { countryName } from '../../shared/countries.ts';
import { formatDay } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import type { OpenView } from '../view.ts';
import { type IdentityWords, identityWords } from './identity.messages.ts';

export interface CredentialActions {
  /** Removal was asked for and not yet confirmed. */
  removing: boolean;
  ask(): void;
  keep(): void;
  remove(): void;
  save(): void;
}

/** One credential: who attests what, until when, and how it stands. */
export function renderCredential(
  held: HeldCredential,
  { language, now }: OpenView,
  actions: CredentialActions,
): TemplateResult {
  const w = identityWords(language);
  const { attributes } = held.credential;
  const business = attributes.kind === HolderKind.Business;
  const name = business ? w.business : w.person;
  const state = held.removed ? 'removed' : validityUntil(endOfDay(attributes.expiry), now);
  const until = formatDay(attributes.expiry, language);
  return html`<li>
    <div class="row">
      <h3 class="subtitle">${name}</h3>
      <span class="badge ${state === 'valid' ? 'positive-text' : state === 'ending' ? '' : 'negative-text'}">
        ${state === 'valid' ? icons.check() : icons.warning()} ${w[state]}
      </span>
    </div>
    <dl class="facts small">
      <div>
        <dt>${w.issuer}</dt>
        <dd>${new URL(held.place.issuer).host}</dd>
      </div>
      <div>
        <dt>${business ? w.businessCountry : w.country}</dt>
        <dd>${countryName(attributes.country, language)}</dd>
      </div>
      <div>
        <dt>${w.tier}</dt>
        <dd>${w.tiers(attributes.tier)}</dd>
      </div>
      <div>
        <dt>${w.validUntil}</dt>
        <dd>${until}</dd>
      </div>
    </dl>
    ${renderNote(state, until, w)}
    ${
      actions.removing
        ? renderRemoval(w, actions)
        : html`<div class="pair">
            <button type="button" class="secondary" aria-label=${w.exportOf(name)} @click=${actions.save}>
              ${icons.download()} ${w.exportFile}
            </button>
            <button type="button" class="secondary" aria-label=${w.removeOf(name)} @click=${actions.ask}>
              ${w.removeIt}
            </button>
          </div>`
    }
  </li>`;
}

function renderNote(
  state: Validity | 'removed',
  until: string,
  w: IdentityWords,
): TemplateResult | typeof nothing {
  if (state === 'valid') return nothing;
  const said = { ending: w.endingNote(until), ended: w.endedNote, removed: w.removedNote }[state];
  return html`<p class="note ${state === 'ending' ? 'warning' : 'negative'}">${said}</p>`;
}

function renderRemoval(w: IdentityWords, { keep, remove }: CredentialActions): TemplateResult {
  return html`<div class="note warning" role="group" aria-label=${w.removeWarning}>
    <p><strong>${w.removeWarning}</strong></p>
    <p>${w.removeWarningNext}</p>
    <div class="pair">
      <button type="button" class="secondary" id="keep-credential" @click=${keep}>${w.keep}</button>
      <button type="button" class="danger" @click=${remove}>${w.removeNow}</button>
    </div>
  </div>`;
}
