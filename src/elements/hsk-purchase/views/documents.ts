import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { checkDocument } from '../../../identity/check-document.ts';
import { DOCUMENT_KINDS, DOCUMENT_TYPES, type DocumentKind } from '../../../protocol/application-status.ts';
import { serializeError, type SerializedError } from '../../../protocol/errors.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatPercent } from '../../shared/format.ts';
import { icons } from '../../shared/icons.ts';
import { renderProgress } from '../../shared/progress.ts';
import { applicationErrors } from '../application-errors.ts';
import { type ApplicationWords, applicationWords } from '../application.messages.ts';
import type { StepView } from '../view.ts';
import { drawThumbnail } from './thumbnail.ts';
import type { Withdrawal } from './withdrawal.ts';

interface Chosen {
  name: string;
  file: Blob;
}

/** The documents that the issuer asks for: each with what it is for, chosen, looked at, and only then sent. */
export class DocumentsStep {
  readonly #chosen = new Map<DocumentKind, Chosen>();
  readonly #problems = new Map<DocumentKind, SerializedError>();
  #over: DocumentKind | undefined;
  #buyer: string | undefined;

  constructor(
    private readonly host: ReactiveControllerHost & { renderRoot: ParentNode },
    /** Resolves to whether the issuer has it. */
    private readonly upload: (kind: DocumentKind, file: Blob) => Promise<boolean>,
  ) {}

  /** Nothing chosen is kept for another wallet or another application. */
  reset(): void {
    this.#chosen.clear();
    this.#problems.clear();
    this.#over = undefined;
    this.#buyer = undefined;
  }

  render(view: StepView<'documents'>, withdrawal: Withdrawal): TemplateResult {
    const { t, language, state } = view;
    if (this.#buyer !== state.buyer) this.reset();
    this.#buyer = state.buyer;
    const w = applicationWords(language);
    const asked = DOCUMENT_KINDS.filter(
      (kind) => state.needs.includes(kind) || state.received.includes(kind),
    );
    return html`<div class="stack">
      <div class="stack tight">
        <h3 class="title" tabindex="-1" data-focus>${w.documentsTitle}</h3>
        <p class="small muted">${w.documentsIntro}</p>
        <p class="small" role="status">
          ${state.needs.length > 0 ? w.documentsLeft(state.needs.length) : nothing}
        </p>
      </div>
      <ul class="list documents">
        ${asked.map((kind) => this.#document(kind, view, w))}
      </ul>
      ${renderError(state.error, language, { catalogue: applicationErrors(t, language) })}
      ${withdrawal.render(view)}
    </div>`;
  }

  #document(kind: DocumentKind, view: StepView<'documents'>, w: ApplicationWords): TemplateResult {
    const { t, language, state } = view;
    const received = state.received.includes(kind);
    const chosen = this.#chosen.get(kind);
    const sending = state.sending?.kind === kind ? state.sending : undefined;
    const purpose: Record<DocumentKind, string> = {
      identity: w.identityFor,
      address: w.addressFor,
      wealth: w.wealthFor,
      registration: w.registrationFor,
      authority: w.authorityFor,
    };
    const over = (event: DragEvent) => {
      event.preventDefault();
      this.#drag(kind);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      this.#drag(undefined);
      void this.#choose(kind, event.dataTransfer?.files[0]);
    };
    return html`<li
      class=${this.#over === kind ? 'over' : ''}
      data-kind=${kind}
      @dragover=${over}
      @dragleave=${() => this.#drag(undefined)}
      @drop=${drop}
    >
      <div class="row">
        <h4 id="document-${kind}">${w[kind]}</h4>
        <span class="badge ${received ? 'positive-text' : ''}">
          ${received ? html`${icons.check()} ${w.received}` : w.missing}
        </span>
      </div>
      <p class="small muted" id="purpose-${kind}">${purpose[kind]}</p>
      ${
        sending
          ? renderProgress(w.sending(formatPercent(sending.fraction, language)), {
              fraction: sending.fraction,
              language,
            })
          : chosen
            ? this.#preview(kind, chosen, state.sending !== undefined, w)
            : this.#picker(kind, received, w)
      }
      ${renderError(this.#problems.get(kind), language, { catalogue: applicationErrors(t, language) })}
    </li>`;
  }

  #picker(kind: DocumentKind, received: boolean, w: ApplicationWords): TemplateResult {
    const name = w[kind];
    const input = (label: string, camera: boolean) =>
      html`<input
        type="file"
        class="visually-hidden"
        accept=${camera ? 'image/*' : DOCUMENT_TYPES.join(',')}
        capture=${camera ? 'environment' : nothing}
        aria-label=${label}
        aria-describedby="purpose-${kind}"
        @change=${(event: Event) => {
          const field = event.target as HTMLInputElement;
          void this.#choose(kind, field.files?.[0]);
          // The same file may be chosen again.
          field.value = '';
        }}
      />`;
    return html`<div class="pick">
      <label class="button secondary">
        ${received ? icons.refresh() : icons.document()} ${received ? w.replace : w.chooseFile}
        ${input(received ? w.replaceFor(name) : w.chooseFor(name), false)}
      </label>
      <label class="button secondary camera">
        ${icons.camera()} ${w.takePhoto} ${input(w.photoOf(name), true)}
      </label>
      <span class="small muted drop">${w.dropHere}</span>
    </div>`;
  }

  #preview(kind: DocumentKind, { name, file }: Chosen, busy: boolean, w: ApplicationWords): TemplateResult {
    const size = `${Math.max(1, Math.round(file.size / 1024))} KB`;
    return html`<div class="chosen">
        ${
          file.type === 'application/pdf'
            ? html`<span class="thumbnail">${icons.document()}</span>`
            : html`<canvas
                class="thumbnail"
                role="img"
                aria-label=${w.preview(w[kind])}
                width="0"
                height="0"
                ${ref((canvas) => drawThumbnail(canvas, file))}
              ></canvas>`
        }
        <p class="small"><span>${name}</span> <span class="muted">${size}</span></p>
      </div>
      <div class="pair">
        <button type="button" class="secondary" ?disabled=${busy} @click=${() => this.#forget(kind)}>
          ${w.chooseAnother}
        </button>
        <button
          type="button"
          class="primary"
          id="send-${kind}"
          aria-label=${w.sendFor(w[kind])}
          ?disabled=${busy}
          @click=${() => void this.#send(kind, file)}
        >
          ${w.sendDocument}
        </button>
      </div>`;
  }

  async #choose(kind: DocumentKind, file: File | undefined): Promise<void> {
    if (!file) return;
    this.#problems.delete(kind);
    this.#chosen.delete(kind);
    try {
      this.#chosen.set(kind, { name: file.name, file: await checkDocument(file) });
    } catch (error) {
      this.#problems.set(kind, serializeError(error));
    }
    this.host.requestUpdate();
    await this.host.updateComplete;
    this.host.renderRoot.querySelector<HTMLElement>(`#send-${kind}`)?.focus();
  }

  async #send(kind: DocumentKind, file: Blob): Promise<void> {
    if (await this.upload(kind, file)) this.#forget(kind);
  }

  #forget(kind: DocumentKind): void {
    this.#chosen.delete(kind);
    this.host.requestUpdate();
  }

  #drag(kind: DocumentKind | undefined): void {
    if (this.#over === kind) return;
    this.#over = kind;
    this.host.requestUpdate();
  }
}
