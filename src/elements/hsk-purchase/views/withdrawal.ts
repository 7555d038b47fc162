import { html, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { applicationWords } from '../application.messages.ts';
import type { View } from '../view.ts';

/** Takes an application back: asked twice, because what the issuer has is deleted. */
export class Withdrawal {
  #asked = false;

  constructor(
    private readonly host: ReactiveControllerHost & { renderRoot: ParentNode },
    private readonly withdraw: () => void,
  ) {}

  render({ language }: View): TemplateResult {
    const w = applicationWords(language);
    if (!this.#asked)
      return html`<button type="button" class="quiet wide" @click=${() => void this.#ask(true)}>
        ${w.withdraw}
      </button>`;
    return html`<div class="note warning" role="group" aria-label=${w.withdraw}>
      <p>${w.withdrawWarning}</p>
      <div class="pair">
        <button type="button" class="secondary" id="keep" @click=${() => void this.#ask(false)}>
          ${w.keep}
        </button>
        <button
          type="button"
          class="danger"
          @click=${() => {
            this.#asked = false;
            this.withdraw();
          }}
        >
          ${w.withdrawNow}
        </button>
      </div>
    </div>`;
  }

  async #ask(asked: boolean): Promise<void> {
    this.#asked = asked;
    this.host.requestUpdate();
    await this.host.updateComplete;
    if (asked) this.host.renderRoot.querySelector<HTMLElement>('#keep')?.focus();
  }
}
