import { html, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { PASSWORD_MINIMUM, passwordWeakness } from '../../wallet/vault/password-strength.ts';
import { icons } from '../shared/icons.ts';
import type { WalletWords } from './hsk-wallet.messages.ts';
import { PasswordField } from './password-field.ts';

/** A password to be chosen, with the vault's own rule as it is typed. */
export class NewPassword {
  readonly #field: PasswordField;
  /** Complaints wait until the form was sent once. */
  #asked = false;

  constructor(host: ReactiveControllerHost) {
    this.#field = new PasswordField(host);
  }

  get value(): string {
    return this.#field.value;
  }

  clear(): void {
    this.#field.clear();
    this.#asked = false;
  }

  /** The password when it may guard a vault; otherwise the field complains from now on. */
  take(): string | undefined {
    this.#asked = true;
    return passwordWeakness(this.value) === undefined ? this.value : undefined;
  }

  render(t: WalletWords, options: { readonly?: boolean } = {}): TemplateResult {
    const weakness = passwordWeakness(this.value);
    const length = [...this.value.normalize('NFKC')].length;
    const said = {
      short: length === 0 ? t.passwordHint(PASSWORD_MINIMUM) : t.passwordShort(PASSWORD_MINIMUM - length),
      repetitive: t.passwordRepetitive,
      sequence: t.passwordSequence,
      common: t.passwordCommon,
    };
    const hint = weakness
      ? html`<span aria-live="polite">${said[weakness]}</span>`
      : html`<span class="row start positive-text" aria-live="polite"
          >${icons.check()} ${t.passwordGood}</span
        >`;
    const complains = this.#asked && weakness !== undefined;
    return this.#field.render('new-password', t.newPassword, t, {
      autocomplete: 'new-password',
      hint: complains ? undefined : hint,
      problem: complains ? said[weakness] : undefined,
      ...options,
    });
  }
}
