import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { renderError } from './error-box.ts';
import { LazyPart } from './lazy-part.ts';
import type { Session } from './session.ts';
import { sharedWords } from './shared.messages.ts';

/** The wallet inside another element, for the step that needs it open. Its code arrives when it is first shown. */
export class InnerWallet {
  readonly #code: LazyPart<unknown>;

  constructor(private readonly host: ReactiveControllerHost & Element) {
    this.#code = new LazyPart(
      () => import('../hsk-wallet/define.ts'),
      () => host.requestUpdate(),
    );
  }

  render(session: Session, language: string): TemplateResult {
    if (this.#code.get())
      return html`<hsk-wallet
        class="inner"
        .session=${session}
        theme=${this.host.getAttribute('theme') ?? nothing}
      ></hsk-wallet>`;
    const { error } = this.#code;
    const words = sharedWords(language);
    if (error)
      return html`${renderError(error, language, {
        action: { label: words.tryAgain, run: () => void this.#code.load() },
      })}`;
    return html`<div aria-busy="true">
      <span class="skeleton block">0</span><span class="skeleton block">0</span>
      <p class="visually-hidden" role="status">${words.loading}</p>
    </div>`;
  }
}
