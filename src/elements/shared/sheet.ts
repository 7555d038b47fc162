import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { icons } from './icons.ts';
import { sharedWords } from './shared.messages.ts';

/** What a sheet shows. */
export interface SheetContent {
  title: string;
  content: unknown;
  language: string;
  /** False where closing would lose something: Escape and the backdrop then do nothing. */
  dismissable?: boolean;
}

/**
 * One native modal dialog of an element: from below on phones, in the middle on desks. The browser keeps
 * focus inside and gives it back afterwards.
 *
 *     readonly #send = new Sheet(this);
 *     render() { return html`… ${this.#send.render(() => ({ title, content, language }))}`; }
 *     // this.#send.open(); this.#send.close();
 */
export class Sheet implements ReactiveController {
  readonly #dialog = createRef<HTMLDialogElement>();
  #open = false;
  /** True from `open` until the dialog shows: what was closed is not shown again by another update. */
  #toShow = false;
  #dismissable = true;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly onClose?: () => void,
  ) {
    host.addController(this);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
    this.#toShow = true;
    this.host.requestUpdate();
  }

  close(): void {
    this.#dialog.value?.close();
    this.#finish();
  }

  hostUpdated(): void {
    const dialog = this.#dialog.value;
    if (!this.#toShow || !dialog?.isConnected) return;
    this.#toShow = false;
    if (!dialog.open) dialog.showModal();
  }

  hostDisconnected(): void {
    this.#open = false;
    this.#toShow = false;
  }

  /** `content` is asked for only while the sheet is open. */
  render(content: () => SheetContent): TemplateResult {
    const shown = this.#open ? content() : undefined;
    this.#dismissable = shown?.dismissable ?? true;
    return html`<dialog
      class="sheet"
      part="sheet"
      aria-label=${shown?.title ?? ''}
      ${ref(this.#dialog)}
      @close=${this.#closed}
      @cancel=${this.#cancel}
      @pointerdown=${this.#backdrop}
    >
      ${
        shown &&
        html`<header>
            <h2>${shown.title}</h2>
            <button
              type="button"
              class="icon"
              ?hidden=${!this.#dismissable}
              aria-label=${sharedWords(shown.language).close}
              @click=${() => this.close()}
            >
              ${icons.cross()}
            </button>
          </header>
          <div class="content">${shown.content}</div>`
      }
    </dialog>`;
  }

  readonly #closed = () => {
    // The event comes late: by then the sheet may have been opened for something else.
    if (!this.#dialog.value?.open) this.#finish();
  };

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#toShow = false;
    this.onClose?.();
    this.host.requestUpdate();
  }

  readonly #cancel = (event: Event) => {
    if (!this.#dismissable) event.preventDefault();
  };

  readonly #backdrop = (event: PointerEvent) => {
    const dialog = this.#dialog.value;
    if (!dialog || event.target !== dialog || !this.#dismissable) return;
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside) dialog.close();
  };
}
