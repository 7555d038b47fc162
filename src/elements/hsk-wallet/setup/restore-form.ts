import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { SerializedError } from '../../../protocol/errors.ts';
import { renderError } from '../../shared/error-box.ts';
import { NewPassword } from '../new-password.ts';
import type { View } from '../view.ts';
import { walletErrors } from '../wallet-errors.ts';
import type { SetupState } from './setup-machine.ts';

type Restoring = Extract<SetupState, { step: 'restore' }>;

/** A recovery phrase and the password that will guard it here. The vault says whether the phrase is one. */
export class RestoreForm {
  readonly #password: NewPassword;
  #phrase = '';
  #missing = false;
  /** The refusal that was already answered by typing on. */
  #answered: SerializedError | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    this.#password = new NewPassword(host);
  }

  render(view: View, state: Restoring, restore: (phrase: string, password: string) => void): TemplateResult {
    const { t, language } = view;
    const count = this.#phrase.trim() ? this.#phrase.trim().split(/\s+/).length : 0;
    const problem = this.#problem(view, state.error);
    const reset = view.session.wallet.state === 'locked';
    return html`<form novalidate @submit=${(event: Event) => this.#submit(event, state, restore)}>
      <p class="muted">${reset ? t.resetIntro : t.restoreIntro}</p>
      <div class="field">
        <label for="phrase">${t.phraseTitle}</label>
        <textarea
          id="phrase"
          class="mono"
          rows="3"
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck="false"
          translate="no"
          maxlength="400"
          .value=${this.#phrase}
          ?readonly=${state.busy}
          aria-invalid=${problem ? 'true' : nothing}
          aria-describedby="phrase-hint phrase-error"
          @input=${(event: Event) => this.#type((event.target as HTMLTextAreaElement).value, state)}
        ></textarea>
        <p class="hint" id="phrase-hint" ?hidden=${problem !== undefined}>${t.phraseCount(count)}</p>
        <p class="field-error" id="phrase-error" ?hidden=${!problem} aria-live="polite">${problem}</p>
      </div>
      ${this.#password.render(t, { readonly: state.busy })}
      ${
        state.error && state.error.code !== 'PHRASE_INVALID'
          ? renderError(state.error, language, { catalogue: walletErrors(t) })
          : nothing
      }
      <div class="actions">
        <button type="submit" class="primary wide" ?disabled=${state.busy}>
          ${state.busy ? t.encrypting : t.restoreNow}
        </button>
      </div>
    </form>`;
  }

  #problem({ t }: View, error: SerializedError | undefined): string | undefined {
    if (this.#missing) return t.phraseMissing;
    if (error?.code !== 'PHRASE_INVALID' || error === this.#answered) return undefined;
    const word = /^word (\d+)$/.exec(error.details ?? '')?.[1];
    if (word) return t.phraseUnknownWord(Number(word));
    return error.details === 'count' ? t.phraseWrongCount : t.phraseChecksum;
  }

  #type(phrase: string, { error }: Restoring): void {
    this.#phrase = phrase;
    this.#missing = false;
    this.#answered = error;
    this.host.requestUpdate();
  }

  async #submit(
    event: Event,
    { busy }: Restoring,
    restore: (phrase: string, password: string) => void,
  ): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    this.#missing = this.#phrase.trim() === '';
    const password = this.#password.take();
    if (!this.#missing && password !== undefined) {
      restore(this.#phrase, password);
      return;
    }
    this.host.requestUpdate();
    await this.host.updateComplete;
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
}
