import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { icons } from '../../shared/icons.ts';
import { PasswordGate } from '../password-gate.ts';
import { renderWords } from '../setup/phrase.ts';
import type { OpenView } from '../view.ts';

type Page = 'menu' | 'phrase' | 'erase';

export interface SettingsActions {
  lock(): void;
  /** Focus should go to what shows next. */
  moved(): void;
}

/** Lock, see the recovery phrase, erase. */
export class Settings {
  #page: Page = 'menu';
  #phrase: string | undefined;
  #understood = false;
  readonly #reveal: PasswordGate;
  readonly #erase: PasswordGate;

  constructor(
    private readonly host: ReactiveControllerHost,
    wallet: { revealPhrase(password: string): Promise<string>; erase(password: string): Promise<void> },
    private readonly actions: SettingsActions,
  ) {
    this.#reveal = new PasswordGate(host, 'reveal-password', async (password) => {
      const phrase = await wallet.revealPhrase(password);
      // Whoever went away meanwhile is shown nothing.
      if (this.#page === 'phrase') this.#phrase = phrase;
      this.actions.moved();
    });
    this.#erase = new PasswordGate(host, 'erase-password', async (password) => {
      await wallet.erase(password);
      this.actions.moved();
    });
  }

  /** Back to the menu, with nothing of the phrase left. */
  reset(page: Page = 'menu'): void {
    this.#page = page;
    this.#phrase = undefined;
    this.#understood = false;
    this.#reveal.clear();
    this.#erase.clear();
    this.host.requestUpdate();
  }

  title({ t }: OpenView): string {
    return { menu: t.settings, phrase: t.phraseTitle, erase: t.eraseTitle }[this.#page];
  }

  render(view: OpenView): TemplateResult {
    switch (this.#page) {
      case 'menu':
        return this.#menu(view);
      case 'phrase':
        return this.#phrasePage(view);
      case 'erase':
        return this.#erasePage(view);
    }
  }

  #to(page: Page): void {
    this.reset(page);
    this.actions.moved();
  }

  #menu({ t }: OpenView): TemplateResult {
    return html`<div class="actions" data-focus tabindex="-1">
      <button type="button" class="secondary wide" @click=${this.actions.lock}>
        ${icons.lock()} ${t.lockNow}
      </button>
      <button type="button" class="secondary wide" @click=${() => this.#to('phrase')}>
        ${icons.document()} ${t.showPhrase}
      </button>
      <button type="button" class="danger wide" @click=${() => this.#to('erase')}>
        ${icons.warning()} ${t.erase}
      </button>
      <p class="small muted">${t.idleNote}</p>
    </div>`;
  }

  #phrasePage(view: OpenView): TemplateResult {
    const { t } = view;
    return html`<div class="stack">
      <div class="note warning">
        <p><strong>${t.phraseWarning}</strong></p>
        <p>${t.phraseWarningNext}</p>
      </div>
      ${
        this.#phrase
          ? html`<div data-focus tabindex="-1">${renderWords(this.#phrase, view)}</div>`
          : this.#reveal.render(view, { submit: t.phraseShow, busy: t.decrypting })
      }
      ${this.#backButton(view)}
    </div>`;
  }

  #erasePage(view: OpenView): TemplateResult {
    const { t } = view;
    const consent = html`<label class="choice">
      <input
        type="checkbox"
        id="understood"
        .checked=${this.#understood}
        @change=${(event: Event) => {
          this.#understood = (event.target as HTMLInputElement).checked;
          this.host.requestUpdate();
        }}
      />
      <span>${t.eraseUnderstood}</span>
    </label>`;
    return html`<div class="stack">
      <div class="note negative">
        <p><strong>${t.eraseWarning}</strong></p>
        <p>${t.eraseWarningNext}</p>
      </div>
      ${this.#erase.render(
        view,
        { submit: t.eraseNow, busy: t.erasing, danger: true },
        { content: consent, ready: this.#understood },
      )}
      ${this.#erase.busy ? nothing : this.#backButton(view)}
    </div>`;
  }

  #backButton({ t }: OpenView): TemplateResult {
    return html`<button type="button" class="quiet wide" @click=${() => this.#to('menu')}>${t.back}</button>`;
  }
}
