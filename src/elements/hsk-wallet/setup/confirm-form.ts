import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { renderError } from '../../shared/error-box.ts';
import type { View } from '../view.ts';
import { walletErrors } from '../wallet-errors.ts';
import { type SetupState, wrongWords } from './setup-machine.ts';

type Confirming = Extract<SetupState, { step: 'confirm' }>;

/** Asks for some of the words, to be sure that they were written down. */
export class ConfirmForm {
  readonly #typed = new Map<number, string>();
  #wrong: readonly number[] = [];

  constructor(private readonly host: ReactiveControllerHost) {}

  render(view: View, state: Confirming, confirmed: () => void): TemplateResult {
    const { t, language } = view;
    return html`<form novalidate @submit=${(event: Event) => this.#submit(event, state, confirmed)}>
      <p class="muted">${t.confirmIntro}</p>
      ${state.asked.map((at) => {
        const problem = this.#wrong.includes(at);
        return html`<div class="field">
          <label for="word-${at}">${t.wordNumber(at + 1)}</label>
          <input
            id="word-${at}"
            class="mono"
            autocomplete="off"
            autocapitalize="none"
            autocorrect="off"
            spellcheck="false"
            maxlength="20"
            .value=${this.#typed.get(at) ?? ''}
            ?readonly=${state.busy}
            aria-invalid=${problem ? 'true' : nothing}
            aria-describedby="word-${at}-error"
            @input=${(event: Event) => this.#type(at, (event.target as HTMLInputElement).value)}
          />
          <p class="field-error" id="word-${at}-error" ?hidden=${!problem} aria-live="polite">
            ${t.wordWrong}
          </p>
        </div>`;
      })}
      ${renderError(state.error, language, { catalogue: walletErrors(t) })}
      <div class="actions">
        <button type="submit" class="primary wide" ?disabled=${state.busy}>
          ${state.busy ? t.encrypting : t.finish}
        </button>
      </div>
    </form>`;
  }

  #type(at: number, word: string): void {
    this.#typed.set(at, word);
    // What is being corrected is no longer wrong until it is sent again.
    this.#wrong = this.#wrong.filter((wrong) => wrong !== at);
    this.host.requestUpdate();
  }

  async #submit(event: Event, { phrase, asked, busy }: Confirming, confirmed: () => void): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    this.#wrong = wrongWords(phrase, asked, this.#typed);
    if (this.#wrong.length === 0) {
      confirmed();
      return;
    }
    this.host.requestUpdate();
    await this.host.updateComplete;
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
}
