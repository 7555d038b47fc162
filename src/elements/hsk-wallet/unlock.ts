import { html, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { Wallet } from '../../wallet/wallet.ts';
import { PasswordGate } from './password-gate.ts';
import type { View } from './view.ts';

/** A locked wallet and its password. */
export class Unlock {
  readonly #gate: PasswordGate;

  constructor(host: ReactiveControllerHost, id: string, wallet: () => Wallet, unlocked: () => void) {
    this.#gate = new PasswordGate(host, id, async (password) => {
      await wallet().unlock(password);
      unlocked();
    });
  }

  /** @param forgot goes on to the recovery phrase */
  render(view: View, forgot: () => void): TemplateResult {
    const { t } = view;
    return html`<div class="stack">
      <div class="stack tight">
        <h2 tabindex="-1" data-focus>${t.lockedTitle}</h2>
        <p class="muted">${t.lockedIntro}</p>
      </div>
      ${this.renderForm(view)}
      <button type="button" class="quiet wide" @click=${forgot}>${t.forgot}</button>
    </div>`;
  }

  renderForm(view: View): TemplateResult {
    const { t } = view;
    return this.#gate.render(view, { submit: t.unlock, busy: t.unlocking });
  }
}
