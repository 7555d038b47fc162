import { html, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { serializeError } from '../../../protocol/errors.ts';
import type { Wallet } from '../../../wallet/wallet.ts';
import { renderError } from '../../shared/error-box.ts';
import { icons } from '../../shared/icons.ts';
import { NewPassword } from '../new-password.ts';
import type { View } from '../view.ts';
import { walletErrors } from '../wallet-errors.ts';
import { ConfirmForm } from './confirm-form.ts';
import { renderPhrase } from './phrase.ts';
import { RestoreForm } from './restore-form.ts';
import { chooseAsked, initialSetup, nextSetup, type SetupEvent, type SetupState } from './setup-machine.ts';

/** How many words of a new phrase are asked for. */
const ASKED = 3;

/** The way to a wallet: a new one, or one from its recovery phrase. */
export class Setup {
  state: SetupState = initialSetup;
  readonly #password: NewPassword;
  #confirm: ConfirmForm;
  #restore: RestoreForm;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wallet: () => Wallet,
    /** Called when focus should go to what shows next. */
    private readonly moved: () => void,
  ) {
    this.#password = new NewPassword(host);
    this.#confirm = new ConfirmForm(host);
    this.#restore = new RestoreForm(host);
  }

  /** Forgets every word and password that was typed. */
  reset(): void {
    this.state = initialSetup;
    this.#password.clear();
    this.#confirm = new ConfirmForm(this.host);
    this.#restore = new RestoreForm(this.host);
  }

  go(event: SetupEvent): void {
    const { step } = this.state;
    this.state = nextSetup(this.state, event);
    if (this.state.step === 'welcome') this.reset();
    if (this.state.step !== step) this.moved();
    this.host.requestUpdate();
  }

  render(view: View): TemplateResult {
    const { t } = view;
    const { state } = this;
    switch (state.step) {
      case 'welcome':
        return html`<div class="stack">
          <div class="stack tight">
            <h2 tabindex="-1" data-focus>${t.welcomeTitle}</h2>
            <p class="muted">${t.welcomeIntro}</p>
          </div>
          <div class="actions">
            <button type="button" class="primary wide" @click=${() => this.go({ type: 'create' })}>
              ${t.create}
            </button>
            <button type="button" class="secondary wide" @click=${() => this.go({ type: 'restore' })}>
              ${t.restore}
            </button>
          </div>
        </div>`;
      case 'password':
        return this.#choosePassword(view, state);
      case 'phrase':
        return html`${this.#head(view, t.phraseTitle, 2)}
        ${renderPhrase(view, state, {
          show: () => this.go({ type: 'phrase-shown' }),
          written: () => this.#written(state.phrase),
        })}`;
      case 'confirm':
        return html`${this.#head(view, t.confirmTitle, 3)}
        ${this.#confirm.render(view, state, () => void this.#store(state.phrase, state.password))}`;
      case 'restore':
        return html`${this.#head(view, t.restoreTitle)}
        ${this.#restore.render(view, state, (phrase, password) => void this.#store(phrase, password))}`;
    }
  }

  #head({ t }: View, title: string, step?: number): TemplateResult {
    return html`<header class="head">
      <button type="button" class="icon" aria-label=${t.back} @click=${() => this.go({ type: 'back' })}>
        ${icons.back()}
      </button>
      <div>
        ${step === undefined ? '' : html`<p class="tiny muted">${t.stepOf(step, 3)}</p>`}
        <h2 tabindex="-1" data-focus>${title}</h2>
      </div>
    </header>`;
  }

  #choosePassword(view: View, state: Extract<SetupState, { step: 'password' }>): TemplateResult {
    const { t, language } = view;
    return html`${this.#head(view, t.passwordTitle, 1)}
      <form novalidate @submit=${this.#chosen}>
        <p class="muted">${t.passwordIntro}</p>
        ${this.#password.render(t, { readonly: state.busy })}
        ${renderError(state.error, language, { catalogue: walletErrors(t) })}
        <div class="actions">
          <button type="submit" class="primary wide" ?disabled=${state.busy}>${t.continue}</button>
        </div>
      </form>`;
  }

  readonly #chosen = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const password = this.#password.take();
    this.host.requestUpdate();
    if (password === undefined) {
      form.querySelector('input')?.focus();
      return;
    }
    this.go({ type: 'password-chosen' });
    try {
      const phrase = await this.wallet().newPhrase();
      this.go({ type: 'phrase-made', password, phrase });
    } catch (error) {
      this.go({ type: 'failed', error: serializeError(error) });
    }
  };

  #written(phrase: string): void {
    this.#confirm = new ConfirmForm(this.host);
    const random = () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
    this.go({ type: 'phrase-written', asked: chooseAsked(phrase.split(' ').length, ASKED, random) });
  }

  async #store(phrase: string, password: string): Promise<void> {
    this.go({ type: 'storing' });
    try {
      await this.wallet().create(phrase, password);
      this.moved();
      this.reset();
      this.host.requestUpdate();
    } catch (error) {
      this.go({ type: 'failed', error: serializeError(error) });
      this.moved();
    }
  }
}
