import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { serializeError, type SerializedError } from '../../protocol/errors.ts';
import { renderError } from '../shared/error-box.ts';
import { formatCountdown } from '../shared/format.ts';
import { PasswordField } from './password-field.ts';
import type { View } from './view.ts';
import { walletErrors } from './wallet-errors.ts';

/** What stands on the gate. */
export interface GateWords {
  submit: string;
  busy: string;
  label?: string;
  danger?: boolean;
}

/**
 * One thing that needs the wallet's password: asks, waits as long as the vault says after wrong ones, and
 * forgets what was typed once it was right.
 */
export class PasswordGate {
  readonly #field: PasswordField;
  #busy = false;
  #error: SerializedError | undefined;
  /** Milliseconds since 1970; the vault admits no try before. */
  #notBefore = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly id: string,
    private readonly pass: (password: string) => Promise<void>,
  ) {
    this.#field = new PasswordField(host);
  }

  get busy(): boolean {
    return this.#busy;
  }

  clear(): void {
    this.#field.clear();
    this.#error = undefined;
  }

  /** @param more stands between field and button; `ready` false holds the button */
  render(view: View, words: GateWords, more?: { content: unknown; ready: boolean }): TemplateResult {
    const { t, language } = view;
    const wait = Math.ceil((this.#notBefore - Date.now()) / 1000);
    return html`<form novalidate @submit=${this.#submit}>
      ${this.#field.render(this.id, words.label ?? t.password, t, {
        autocomplete: 'current-password',
        problem: this.#problem(view),
        readonly: this.#busy,
      })}
      ${more?.content ?? nothing}
      ${
        this.#error && !this.#error.code.startsWith('PASSWORD_')
          ? renderError(this.#error, language, { catalogue: walletErrors(t) })
          : nothing
      }
      <div class="actions">
        <button
          type="submit"
          class="${words.danger ? 'danger' : 'primary'} wide"
          ?disabled=${this.#busy || wait > 0 || more?.ready === false}
        >
          ${this.#busy ? words.busy : wait > 0 ? t.waitFor(formatCountdown(wait)) : words.submit}
        </button>
      </div>
    </form>`;
  }

  #problem({ t }: View): string | undefined {
    const error = this.#error;
    if (error?.code === 'PASSWORD_MISSING') return t.passwordMissing;
    if (error?.code === 'PASSWORD_DELAYED') return t.passwordDelayed;
    if (error?.code !== 'PASSWORD_WRONG') return undefined;
    return Number(error.details) > 0 ? t.passwordDelayed : t.passwordWrong;
  }

  readonly #submit = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (this.#busy || this.#notBefore > Date.now()) return;
    this.#error = undefined;
    if (!this.#field.value) this.#error = { code: 'PASSWORD_MISSING', shortMessage: '' };
    else {
      this.#busy = true;
      this.host.requestUpdate();
      try {
        await this.pass(this.#field.value);
        this.#field.clear();
      } catch (error) {
        this.#refused(serializeError(error));
      }
      this.#busy = false;
    }
    this.host.requestUpdate();
    await this.host.updateComplete;
    if (this.#error) form.querySelector('input')?.focus();
  };

  #refused(error: SerializedError): void {
    this.#error = error;
    if (!error.code.startsWith('PASSWORD_')) return;
    this.#field.clear();
    const seconds = Number(error.details);
    if (seconds > 0) this.#notBefore = Date.now() + seconds * 1000;
  }
}
