import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { Address } from 'viem';
import type { Holder } from '../../../identity/holder.ts';
import type { HeldCredential, PendingApplication } from '../../../identity/standing.ts';
import { type Admission, readAdmission } from '../../../market/admission.ts';
import { serializeError, type SerializedError } from '../../../protocol/errors.ts';
import type { Product } from '../../../protocol/profile.ts';
import type { Proven } from '../../../protocol/trust.ts';
import { HolderKind } from '../../../protocol/zkid.ts';
import { renderError } from '../../shared/error-box.ts';
import { holderOf } from '../../shared/holder-of.ts';
import { icons } from '../../shared/icons.ts';
import { saveFile } from '../../shared/save-file.ts';
import type { Session } from '../../shared/session.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import type { OpenView } from '../view.ts';
import { renderAdmissions, renderApplications } from './identity-lists.ts';
import { renderCredential } from './credential-view.ts';
import { type IdentityWords, identityWords } from './identity.messages.ts';

/** A product and the registry's record of the owner for it. */
export interface ProductAdmission {
  product: Product;
  admission: Proven<Admission>;
}

/** What the wallet holds of its owner's identity: seen, taken along, brought back and removed. */
export class IdentityPart {
  readonly #holder: Holder;
  #held: HeldCredential[] | undefined;
  #applications: PendingApplication[] = [];
  #admissions: ProductAdmission[] = [];
  #error: SerializedError | undefined;
  #said: ((w: IdentityWords) => string) | undefined;
  #removing: HeldCredential | undefined;
  #busy = false;
  #seen: bigint | undefined;
  readonly #moved = () => void this.#load();

  constructor(
    private readonly host: ReactiveControllerHost & { renderRoot: ParentNode },
    private readonly session: Session,
    private readonly account: Address,
  ) {
    this.#holder = holderOf(session);
    this.#holder.addEventListener('change', this.#moved);
    void this.#load().then(() => this.#verify());
  }

  end(): void {
    this.#holder.removeEventListener('change', this.#moved);
  }

  /** Reads what the newest block may have changed. */
  follow(): void {
    const head = this.session.status.heads.attested?.number;
    if (head === undefined || head === this.#seen) return;
    this.#seen = head;
    void this.#readAdmissions();
  }

  /** What was opened before may have changed meanwhile. */
  shown(): void {
    void this.#load();
  }

  render(view: OpenView): TemplateResult {
    const { language } = view;
    const w = identityWords(language);
    if (!this.#held && !this.#error)
      return html`<span class="skeleton block">0</span>
        <p class="visually-hidden" role="status">${sharedWords(language).loading}</p>`;
    const held = this.#held ?? [];
    return html`<div class="stack" part="identity">
      ${held.length === 0 && this.#applications.length === 0 ? renderEmpty(w) : nothing}
      ${
        held.length > 0
          ? html`<ul class="list identity" aria-label=${w.credentials}>
              ${held.map((entry) =>
                renderCredential(entry, view, {
                  removing: this.#removing === entry,
                  ask: () => void this.#askRemoval(entry),
                  keep: () => void this.#askRemoval(undefined),
                  remove: () => void this.#remove(entry),
                  save: () => void this.#save(entry),
                }),
              )}
            </ul>`
          : nothing
      }
      ${renderApplications(this.#applications, view)} ${renderAdmissions(this.#admissions, view)}
      ${renderError(this.#error, language, { catalogue: catalogue(w) })}
      <p class="small" role="status">${this.#said?.(w) ?? nothing}</p>
      ${this.#ways(w)}
    </div>`;
  }

  #ways(w: IdentityWords): TemplateResult {
    return html`<div class="actions">
      <label class="button secondary wide">
        ${icons.upload()} ${w.importFile}
        <input
          type="file"
          class="visually-hidden"
          accept="application/json,.json"
          aria-label=${w.importFile}
          @change=${(event: Event) => {
            const field = event.target as HTMLInputElement;
            void this.#import(field.files?.[0]);
            field.value = '';
          }}
        />
      </label>
      <button type="button" class="quiet wide" ?disabled=${this.#busy} @click=${() => void this.#restore()}>
        ${this.#busy ? w.finding : w.findBackup}
      </button>
      <p class="small muted">${w.findBackupHint}</p>
    </div>`;
  }

  async #load(): Promise<void> {
    await this.#attempt(async () => {
      [this.#held, this.#applications] = await Promise.all([
        this.#holder.credentials(),
        this.#holder.applications(),
      ]);
    });
  }

  /** Whether the issuers still have them. One that cannot be asked says nothing about a credential. */
  async #verify(): Promise<void> {
    const standing = await Promise.all(
      (this.#held ?? []).map((held) => held.removed || this.#holder.verify(held).catch(() => true)),
    );
    if (standing.includes(false)) await this.#load();
  }

  async #readAdmissions(): Promise<void> {
    const { lightClient, profile } = this.session;
    try {
      const all = await Promise.all(
        profile.products.map(async (product) => ({
          product,
          admission: await readAdmission(lightClient, profile, product, this.account),
        })),
      );
      this.#admissions = all.filter(({ admission }) => admission.value.expiry > 0n);
      this.host.requestUpdate();
    } catch {
      // What was proven before stays; the balances say why nothing newer comes.
    }
  }

  async #save(held: HeldCredential): Promise<void> {
    await this.#attempt(async () => {
      const kind = held.credential.attributes.kind === HolderKind.Business ? 'business' : 'person';
      saveFile(`verification-${kind}.json`, await this.#holder.exportCredential(held));
      this.#said = (w) => w.exported;
    });
  }

  async #import(file: File | undefined): Promise<void> {
    if (!file) return;
    await this.#attempt(async () => {
      await this.#holder.importCredential(await file.text());
      this.#said = (w) => w.imported;
    });
  }

  async #restore(): Promise<void> {
    this.#busy = true;
    await this.#attempt(async () => {
      const count = await this.#holder.restore(true);
      this.#said = (w) => (count > 0 ? w.found(count) : w.foundNone);
    });
    this.#busy = false;
    this.host.requestUpdate();
  }

  async #remove(held: HeldCredential): Promise<void> {
    this.#removing = undefined;
    await this.#attempt(() => this.#holder.removeCredential(held));
  }

  async #askRemoval(held: HeldCredential | undefined): Promise<void> {
    this.#removing = held;
    this.host.requestUpdate();
    await this.host.updateComplete;
    if (held) this.host.renderRoot.querySelector<HTMLElement>('#keep-credential')?.focus();
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.#error = undefined;
    this.#said = undefined;
    try {
      await work();
    } catch (error) {
      const told = serializeError(error);
      // Locked meanwhile: nothing of this is shown then.
      if (told.code !== 'VAULT_LOCKED') this.#error = told;
    }
    this.host.requestUpdate();
  }
}

function renderEmpty(w: IdentityWords): TemplateResult {
  return html`<div class="empty">
    <p><strong>${w.emptyTitle}</strong></p>
    <p class="small muted">${w.emptyIntro}</p>
  </div>`;
}

function catalogue(w: IdentityWords) {
  return {
    CREDENTIAL_FILE: { message: w.fileInvalid, next: w.fileInvalidNext },
    CREDENTIAL_ISSUER: { message: w.fileIssuer },
    CREDENTIAL_OTHER_WALLET: { message: w.fileOther, next: w.fileOtherNext },
    ISSUER_: { message: w.issuerFailed, next: w.issuerFailedNext },
  };
}
