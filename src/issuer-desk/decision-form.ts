import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  REFUSAL_REASONS,
  type RefusalReason,
} from '../protocol/application-status.ts';
import {
  type Approval,
  type CaseDetail,
  type DocumentRequest,
  LONGEST_WORDS,
  type Refusal,
  REVOCATION_REASONS,
  type Revocation,
  type RevocationReason,
  type Tier,
  TIERS,
} from '../protocol/issuer-desk.ts';
import { termsOf, type View } from './view.ts';

/** What the operator means to do; all but asking for documents is confirmed once more. */
export type Order =
  | { act: 'approve'; order: Approval }
  | { act: 'refuse'; order: Refusal }
  | { act: 'ask'; order: DocumentRequest }
  | { act: 'revoke'; order: Revocation };
type Act = Order['act'];

/** The decision about one case: which, why, and words for the record. Nothing is preselected. */
export class DecisionForm implements ReactiveController {
  #act: Act | undefined;
  #tier: Tier | undefined;
  #reason = '';
  #kinds = new Set<DocumentKind>();
  #note = '';
  #memo = '';
  #asked = false;
  #cleared = new Set<string>();

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly submit: (order: Order) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {}

  /** Findings marked as about somebody else. */
  get cleared(): ReadonlySet<string> {
    return this.#cleared;
  }

  clear(id: string, on: boolean): void {
    this.#set(() => (on ? this.#cleared.add(id) : this.#cleared.delete(id)));
  }

  /** For another case. */
  reset(): void {
    this.#cleared = new Set();
    this.#choose(undefined);
  }

  render(view: View, detail: CaseDetail, busy: boolean): TemplateResult | typeof nothing {
    const acts = actsOf(detail);
    if (acts.length === 0) return nothing;
    const { t } = view;
    const labels: Record<Act, string> = {
      approve: t.approve,
      ask: t.ask,
      refuse: t.refuse,
      revoke: t.revoke,
    };
    return html`<section class="card" aria-label=${t.decision}>
      <h3>${t.decision}</h3>
      <div class="acts" role="group" aria-label=${t.decision}>
        ${acts.map(
          (act) =>
            html`<button
              type="button"
              class=${act === 'refuse' || act === 'revoke' ? 'danger' : 'secondary'}
              aria-expanded=${this.#act === act}
              ?disabled=${busy}
              @click=${() => this.#choose(this.#act === act ? undefined : act)}
            >
              ${labels[act]}
            </button>`,
        )}
      </div>
      ${
        this.#act && acts.includes(this.#act)
          ? html`<form novalidate @submit=${(event: Event) => this.#send(event, detail)}>
              ${this.#fields(view, detail, this.#act)}
              ${this.#words('memo', t.memo, this.#memo, (value) => (this.#memo = value))}
              <div class="actions">
                <button
                  type="submit"
                  class=${this.#act === 'approve' || this.#act === 'ask' ? 'primary' : 'danger'}
                  ?disabled=${busy}
                >
                  ${labels[this.#act]}…
                </button>
              </div>
            </form>`
          : nothing
      }
    </section>`;
  }

  #fields(view: View, detail: CaseDetail, act: Act): TemplateResult {
    const { t } = view;
    const { documents, refusals, revocations } = termsOf(view);
    const problem = this.#asked ? this.#problem(view, detail, act) : undefined;
    const complaint = html`<p class="field-error" id="decision-error" ?hidden=${!problem} aria-live="polite">
      ${problem}
    </p>`;
    if (act === 'approve')
      return html`<fieldset class="field" aria-describedby="decision-error">
          <legend>${t.tier}</legend>
          ${TIERS.map(
            (tier) =>
              html`<label class="choice"
                ><input
                  type="radio"
                  name="tier"
                  .checked=${this.#tier === tier}
                  @change=${() => this.#set(() => (this.#tier = tier))}
                />
                <span>${{ 1: t.tier1, 2: t.tier2, 3: t.tier3 }[tier]}</span></label
              >`,
          )}
        </fieldset>
        ${complaint}`;
    if (act === 'ask')
      return html`<fieldset class="field" aria-describedby="decision-error">
          <legend>${t.which}</legend>
          ${DOCUMENT_KINDS.map(
            (kind) =>
              html`<label class="choice"
                ><input
                  type="checkbox"
                  .checked=${this.#kinds.has(kind)}
                  @change=${() => this.#set(() => this.#kinds.delete(kind) || this.#kinds.add(kind))}
                /><span>${documents[kind]}</span></label
              >`,
          )}
        </fieldset>
        ${complaint}`;
    const reasons: [string, string][] =
      act === 'refuse'
        ? REFUSAL_REASONS.map((reason) => [reason, refusals[reason]])
        : REVOCATION_REASONS.filter((reason) => reason !== 'provider').map((reason) => [
            reason,
            revocations[reason],
          ]);
    return html`<div class="field">
        <label for="reason">${t.reason}</label>
        <select
          id="reason"
          aria-describedby="decision-error"
          aria-invalid=${problem ? 'true' : nothing}
          @change=${(event: Event) => this.#set(() => (this.#reason = (event.target as HTMLSelectElement).value))}
        >
          <option value="" ?selected=${this.#reason === ''}>${t.choose}</option>
          ${reasons.map(([value, label]) => html`<option value=${value} ?selected=${this.#reason === value}>${label}</option>`)}
        </select>
        ${complaint}
      </div>
      ${
        act === 'refuse'
          ? this.#reason === 'declined'
            ? html`<p class="note">${t.noteDeclined}</p>`
            : this.#words('note', t.note, this.#note, (value) => (this.#note = value))
          : nothing
      }`;
  }

  #words(id: string, label: string, value: string, set: (value: string) => void): TemplateResult {
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <textarea
        id=${id}
        rows="2"
        maxlength=${LONGEST_WORDS}
        .value=${value}
        @input=${(event: Event) => this.#set(() => set((event.target as HTMLTextAreaElement).value))}
      ></textarea>
    </div>`;
  }

  #problem({ t }: View, detail: CaseDetail, act: Act): string | undefined {
    if (act === 'approve') {
      if (openFindings(detail).some((id) => !this.#cleared.has(id))) return t.openFindings;
      return this.#tier === undefined ? t.choose : undefined;
    }
    if (act === 'ask') return this.#kinds.size === 0 ? t.chooseKinds : undefined;
    return this.#reason === '' ? t.chooseReason : undefined;
  }

  async #send(event: Event, detail: CaseDetail): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.#set(() => (this.#asked = true));
    const order = this.#order(detail);
    if (order) return this.submit(order);
    await this.host.updateComplete;
    form.querySelector<HTMLElement>('select, input')?.focus();
  }

  /** Undefined while something is missing. */
  #order(detail: CaseDetail): Order | undefined {
    const memo = this.#memo.trim() || undefined;
    const reason = this.#reason;
    switch (this.#act) {
      case 'approve': {
        const open = openFindings(detail);
        if (this.#tier === undefined || open.some((id) => !this.#cleared.has(id))) return undefined;
        return { act: 'approve', order: { tier: this.#tier, cleared: open, memo } };
      }
      case 'ask':
        return this.#kinds.size > 0 ? { act: 'ask', order: { kinds: [...this.#kinds], memo } } : undefined;
      case 'refuse': {
        const note = reason === 'declined' ? undefined : this.#note.trim() || undefined;
        return reason ? { act: 'refuse', order: { reason: reason as RefusalReason, note, memo } } : undefined;
      }
      case 'revoke':
        return reason ? { act: 'revoke', order: { reason: reason as RevocationReason, memo } } : undefined;
      case undefined:
        return undefined;
    }
  }

  #choose(act: Act | undefined): void {
    this.#set(() => {
      this.#act = act;
      this.#tier = undefined;
      this.#reason = this.#note = this.#memo = '';
      this.#kinds = new Set();
      this.#asked = false;
    });
  }

  #set(change: () => unknown): void {
    change();
    this.host.requestUpdate();
  }
}

function openFindings({ findings, cleared }: CaseDetail): string[] {
  return findings.map(({ id }) => id).filter((id) => !cleared.includes(id));
}

/** What can be done with a case as it stands. */
function actsOf({ summary: { state, cause } }: CaseDetail): Act[] {
  if (state === 'review')
    return cause === 'screening' ? ['approve', 'refuse', 'revoke'] : ['approve', 'ask', 'refuse'];
  if (state === 'documents') return ['refuse'];
  return state === 'issued' || state === 'lapsed' ? ['revoke'] : [];
}
