import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { WalletWords } from './hsk-wallet.messages.ts';

/** One password as it is typed; can be shown, so that nobody has to type it twice. */
export class PasswordField {
  value = '';
  #visible = false;

  constructor(private readonly host: ReactiveControllerHost) {}

  clear(): void {
    this.value = '';
    this.#visible = false;
  }

  /** @param options.hint below the field; `problem` marks it invalid and stands in its place */
  render(
    id: string,
    label: string,
    t: WalletWords,
    options: {
      autocomplete: 'current-password' | 'new-password';
      hint?: unknown;
      problem?: string | undefined;
      readonly?: boolean;
    },
  ): TemplateResult {
    const { autocomplete, hint, problem, readonly = false } = options;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <div class="password">
        <input
          id=${id}
          type=${this.#visible ? 'text' : 'password'}
          autocomplete=${autocomplete}
          autocapitalize="none"
          spellcheck="false"
          maxlength="256"
          .value=${this.value}
          ?readonly=${readonly}
          aria-invalid=${problem ? 'true' : nothing}
          aria-describedby="${id}-hint ${id}-error"
          @input=${(event: Event) => this.#set((event.target as HTMLInputElement).value)}
        />
        <button type="button" class="quiet small" aria-controls=${id} @click=${() => this.#toggle()}>
          ${this.#visible ? t.hide : t.show}<span class="visually-hidden"> ${label}</span>
        </button>
      </div>
      <div class="hint" id="${id}-hint" ?hidden=${!hint}>${hint}</div>
      <p class="field-error" id="${id}-error" ?hidden=${!problem} aria-live="polite">${problem}</p>
    </div>`;
  }

  #set(value: string): void {
    this.value = value;
    this.host.requestUpdate();
  }

  #toggle(): void {
    this.#visible = !this.#visible;
    this.host.requestUpdate();
  }
}
