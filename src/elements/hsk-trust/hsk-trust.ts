import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { CheckedEvidence } from '../../light-client/check-evidence.ts';
import { HskError, serializeError, type SerializedError } from '../../protocol/errors.ts';
import { qbftQuorum } from '../../protocol/quorum.ts';
import { baseStyles } from '../shared/base.styles.ts';
import { renderError } from '../shared/error-box.ts';
import type { EvidenceSubject } from '../shared/events.ts';
import { Localized } from '../shared/i18n.ts';
import { icons } from '../shared/icons.ts';
import { sharedWords } from '../shared/shared.messages.ts';
import { saveFile } from '../shared/save-file.ts';
import { SessionController } from '../shared/session-controller.ts';
import type { Session } from '../shared/session.ts';
import { Sheet } from '../shared/sheet.ts';
import { parseQueryAttribute } from './query-attribute.ts';
import { renderClaim } from './claim.ts';
import { renderEvidence, renderHeads } from './ladder.ts';
import { trustMessages, type TrustWords } from './hsk-trust.messages.ts';
import { trustStyles } from './hsk-trust.styles.ts';

/** Bytes; evidence of a long range of logs has megabytes. */
const LARGEST_DOCUMENT = 64 << 20;

/** The evidence dialog has been closed. */
export class TrustClosedEvent extends Event {
  static readonly type = 'hsk-closed';
  constructor() {
    super(TrustClosedEvent.type, { bubbles: false });
  }
}

/**
 * @summary The ladder of trust: how far the light client has verified the chains, and the evidence behind
 * one number. Verifies the evidence again in the page, and saves it for others.
 *
 * @event hsk-session-ready The session is open
 * @event hsk-closed The dialog was closed
 * @csspart ladder The four rungs
 * @csspart sheet The dialog
 */
export class HskTrust extends LitElement {
  static override styles = [...baseStyles, trustStyles];

  /** URL of the chain profile. */
  @property() profile = '';
  /** `sha256-…` of the profile, as in subresource integrity. */
  @property({ attribute: 'profile-integrity' }) profileIntegrity = '';
  /** What to show the evidence of: `account:0x…` or `receipt:0x…`. */
  @property() query = '';
  /** What that number is, in words. */
  @property() label = '';
  /** Shows as a modal dialog instead of in the page. */
  @property({ type: Boolean, reflect: true }) dialog = false;
  @property({ attribute: false }) session: Session | undefined;
  /** An answer given earlier, by its evidence id; set by a pressed rung. */
  @property({ attribute: false }) subject: EvidenceSubject | undefined;

  @state() private evidence: CheckedEvidence | undefined;
  @state() private failure: SerializedError | undefined;
  @state() private verification:
    { busy: true } | { milliseconds: number } | { error: SerializedError } | undefined;

  /** A document that the reader chose from their own files. */
  @state() private opened: { name: string; evidence?: CheckedEvidence; error?: SerializedError } | undefined;

  readonly #i18n = new Localized(this, trustMessages);
  readonly #session = new SessionController(this, () => void this.#load());
  readonly #sheet = new Sheet(this, () => this.dispatchEvent(new TrustClosedEvent()));
  #clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // Ages move.
    this.#clock = setInterval(() => this.requestUpdate(), 5000);
    if (this.dialog) this.#sheet.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if ((changed.has('query') || changed.has('subject')) && this.#session.current) void this.#load();
  }

  /** Asks for the answer and its evidence, and verifies the document before anything of it is shown. */
  async #load(): Promise<void> {
    const session = this.#session.current;
    if (!session) return;
    const { subject, query } = this;
    if (!subject && !query) {
      this.evidence = undefined;
      return;
    }
    this.failure = undefined;
    try {
      const id = subject
        ? subject.evidenceId
        : (await session.lightClient.read(parseQueryAttribute(query))).evidenceId;
      const evidence = await session.checkEvidence(await session.lightClient.evidence(id));
      if (subject === this.subject && query === this.query) this.evidence = evidence;
    } catch (error) {
      if (subject === this.subject && query === this.query) this.failure = serializeError(error);
    }
  }

  override render(): TemplateResult {
    const { t, language } = this.#i18n;
    if (this.dialog)
      return this.#sheet.render(() => ({
        title: t.evidenceTitle(this.subject?.label ?? this.label),
        content: this.#content(t, language),
        language,
      }));
    return html`<section class="card" part="card" aria-label=${t.title}>
      <div class="stack tight">
        <h2>${t.title}</h2>
        <p class="small muted">${t.intro}</p>
      </div>
      ${this.#content(t, language)}
    </section>`;
  }

  #content(t: TrustWords, language: string): TemplateResult {
    const session = this.#session.current;
    if (!session)
      return html`${renderError(this.#session.error, language, {
        action: { label: sharedWords(language).tryAgain, run: () => this.#session.retry() },
      })}
      ${this.#session.error ? nothing : html`<span class="skeleton block">0</span><span class="skeleton block">0</span>`}`;
    const context = { t, language, now: Date.now() / 1000 };
    const asked = this.subject !== undefined || this.query !== '';
    return html`${asked ? nothing : this.#live(session, t, language)}
    ${
      !asked
        ? renderHeads(session.status, context)
        : this.evidence
          ? html`${renderClaim(this.evidence.summary.claim, { t, language, currency: session.profile.execution.currency })}
            ${renderEvidence(this.evidence.summary, context)}`
          : this.failure
            ? nothing
            : html`<p class="muted" role="status">${t.loadingEvidence}</p>`
    }
    ${renderError(this.failure, language, {
      catalogue: {
        EVIDENCE_UNKNOWN: { message: t.evidenceGone, next: t.evidenceGoneNext },
        EVIDENCE_: { message: t.verifyRefused, next: t.verifyRefusedNext },
        BODY_PRIVATE: { message: t.evidencePrivate, next: t.evidencePrivateNext },
      },
      // What the chain keeps to itself it keeps the next time too.
      ...(this.failure?.code !== 'BODY_PRIVATE' && {
        action: { label: sharedWords(language).tryAgain, run: () => void this.#load() },
      }),
    })}
    ${this.evidence && asked ? this.#tools(session, this.evidence, t, language) : nothing}
    ${
      asked
        ? nothing
        : html`<p class="small muted">${t.noQuery}</p>
            ${this.#saved(session, context)}`
    }
    ${this.#reliance(session, t)}`;
  }

  /** Evidence from a file: the reader's own, or what somebody gave them. */
  #saved(session: Session, context: Parameters<typeof renderEvidence>[1]): TemplateResult {
    const { t, language } = context;
    const { opened } = this;
    const choose = (event: Event) => {
      const input = event.currentTarget as HTMLInputElement;
      const file = input.files?.[0];
      // The same file may be chosen again.
      input.value = '';
      if (file) void this.#open(session, file);
    };
    return html`<div class="stack tight">
      <div>
        <label class="button secondary">
          ${icons.document()} ${t.openSaved}
          <input class="visually-hidden" type="file" accept="application/json,.json" @change=${choose} />
        </label>
      </div>
      <p class="tiny muted">${t.openSavedHint}</p>
      <div class="stack tight" role="status" part="opened">
        ${
          opened?.evidence
            ? html`<h3>${t.openedTitle(opened.name)}</h3>
                ${renderClaim(opened.evidence.summary.claim, { t, language, currency: session.profile.execution.currency })}
                ${renderEvidence(opened.evidence.summary, context)}`
            : nothing
        }
        ${renderError(opened?.error, language, {
          catalogue: {
            EVIDENCE_NOT_JSON: { message: t.notEvidence, next: t.notEvidenceNext },
            PARSE_INVALID: { message: t.notEvidence, next: t.notEvidenceNext },
            EVIDENCE_: { message: t.openedRefused, next: t.openedRefusedNext },
          },
        })}
      </div>
      ${
        opened
          ? html`<div>
              <button type="button" class="secondary" @click=${() => (this.opened = undefined)}>
                ${t.openedClose}
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }

  async #open(session: Session, file: File): Promise<void> {
    const name = file.name.slice(0, 60);
    try {
      if (file.size > LARGEST_DOCUMENT)
        throw new HskError('EVIDENCE_NOT_JSON', 'This file is larger than any evidence document');
      this.opened = { name, evidence: await session.checkEvidence(await file.text()) };
    } catch (error) {
      this.opened = { name, error: serializeError(error) };
    }
  }

  #live(session: Session, t: TrustWords, language: string): TemplateResult {
    const { phase, error, misbehaviour } = session.status;
    const words = {
      starting: t.phaseStarting,
      syncing: t.phaseSyncing,
      live: t.phaseLive,
      unreachable: t.phaseUnreachable,
      refused: t.phaseRefused,
    };
    const tone =
      phase === 'live' ? 'positive' : phase === 'unreachable' || phase === 'refused' ? 'warning' : '';
    return html`<p class="note ${tone}" role="status" data-phase=${phase}>${words[phase]}</p>
      ${
        phase === 'live'
          ? nothing
          : renderError(error, language, {
              tone: phase === 'refused' ? 'negative' : 'warning',
              ...(misbehaviour && {
                action: { label: t.saveMisbehaviour, run: () => void this.#saveMisbehaviour(session) },
              }),
            })
      }`;
  }

  /** The document with both signatures, which anybody verifies with `hsk-node verify`. */
  async #saveMisbehaviour({ lightClient }: Session): Promise<void> {
    try {
      saveFile('misbehaviour.json', await lightClient.evidence('misbehaviour'));
    } catch (error) {
      this.failure = serializeError(error);
    }
  }

  #tools(session: Session, evidence: CheckedEvidence, t: TrustWords, language: string): TemplateResult {
    const { verification } = this;
    return html`<div class="stack tight">
      <div class="pair">
        <button type="button" class="secondary" @click=${() => this.#verify(session, evidence)}>
          ${icons.shield()} ${verification && 'busy' in verification ? t.verifying : t.verify}
        </button>
        <button type="button" class="secondary" @click=${() => saveFile('evidence.json', evidence.text)}>
          ${icons.download()} ${t.export}
        </button>
      </div>
      <div role="status">
        ${
          verification && 'milliseconds' in verification
            ? html`<p class="note positive">
                ${t.verified(t[evidence.summary.rung], verification.milliseconds.toLocaleString(language))}
              </p>`
            : nothing
        }
      </div>
      ${
        verification && 'error' in verification
          ? renderError({ ...verification.error }, language, {
              catalogue: {
                [verification.error.code]: { message: t.verifyRefused, next: t.verifyRefusedNext },
              },
            })
          : nothing
      }
      <p class="tiny muted">${t.offline}</p>
    </div>`;
  }

  async #verify(session: Session, evidence: CheckedEvidence): Promise<void> {
    this.verification = { busy: true };
    try {
      const start = performance.now();
      await session.checkEvidence(evidence.text);
      this.verification = { milliseconds: Math.max(1, Math.round(performance.now() - start)) };
    } catch (error) {
      this.verification = { error: serializeError(error) };
    }
  }

  /** What has to be believed for all this to hold, and what need not be. */
  #reliance({ profile }: Session, t: TrustWords): TemplateResult {
    const validators = profile.mainchain.checkpoint?.validators.length;
    const { threshold, keys } = profile.committee;
    return html`<details>
      <summary>${t.trustTitle}</summary>
      <div class="columns small">
        <div>
          <h3>${t.trustTrusted}</h3>
          <ul>
            <li>${t.trusted1(profile.name)}</li>
            ${
              validators === undefined
                ? html`<li>${t.trustedCommittee}</li>
                    <li>${t.trustedClaims}</li>`
                : html`<li>${t.trusted2(qbftQuorum(validators), validators)}</li>`
            }
            <li>${t.trusted3(threshold, keys.length)}</li>
            <li>${t.trusted4}</li>
          </ul>
        </div>
        <div>
          <h3>${t.trustNot}</h3>
          <ul>
            <li>${t.not1}</li>
            <li>${t.not2}</li>
            <li>${t.not3}</li>
          </ul>
        </div>
      </div>
    </details>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'hsk-trust': HskTrust;
  }
}
