import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Address } from 'viem';
import { serializeError, type SerializedError } from '../../protocol/errors.ts';
import { WalletChangeEvent, WalletJournalEvent } from '../../wallet/events.ts';
import type { WalletProvider } from '../../wallet/provider.ts';
import { baseStyles } from '../shared/base.styles.ts';
import { renderError } from '../shared/error-box.ts';
import { AccountChangedEvent } from '../shared/events.ts';
import { Localized } from '../shared/i18n.ts';
import { journeyStyles } from '../shared/journey.styles.ts';
import { LazyPart } from '../shared/lazy-part.ts';
import { SessionController } from '../shared/session-controller.ts';
import type { Session } from '../shared/session.ts';
import { sharedWords } from '../shared/shared.messages.ts';
import { Sheet, type SheetContent } from '../shared/sheet.ts';
import { walletMessages } from './hsk-wallet.messages.ts';
import { walletStyles } from './hsk-wallet.styles.ts';
import type { AccountPart } from './account/account-part.ts';
import { Approver } from './requests/approver.ts';
import { Setup } from './setup/setup.ts';
import { Unlock } from './unlock.ts';
import type { View } from './view.ts';
import { walletErrors } from './wallet-errors.ts';

/**
 * @summary A wallet whose keys never leave the browser: created or restored from a recovery phrase, with
 * proven balances, sending, receiving, activity, and a person's answer to whatever the site asks to sign.
 *
 * @event hsk-session-ready The session is open
 * @event hsk-account-changed Created, unlocked, locked or erased
 * @event hsk-send-confirm The owner pressed Send; cancel it to hold the transfer back
 * @event hsk-sent Sent and proven
 * @event hsk-error The session could not be opened
 * @csspart card The card around everything
 * @csspart account Whose wallet it is
 * @csspart balance The money in it
 * @csspart holdings Units of funds, and the coin for fees
 * @csspart activity What went out and came in
 * @csspart identity The owner's verifications
 * @csspart sheet A dialog
 * @csspart error An error in place
 * @cssproperty --hsk-radius Corner radius of the card and the dialogs
 */
export class HskWallet extends LitElement {
  static override styles = [...baseStyles, journeyStyles, walletStyles];

  /** URL of the chain profile. */
  @property() profile = '';
  /** `sha256-…` of the profile, as in subresource integrity. */
  @property({ attribute: 'profile-integrity' }) profileIntegrity = '';
  @property({ attribute: false }) session: Session | undefined;

  @state() private failure: SerializedError | undefined;

  readonly #i18n = new Localized(this, walletMessages);
  readonly #session = new SessionController(this, (session) => this.#begin(session));
  readonly #changed = () => this.requestUpdate();
  readonly #moved = () => {
    this.#focusNext = true;
    this.requestUpdate();
  };
  readonly #wallet = () => this.#session.current!.wallet;
  readonly #setup = new Setup(this, this.#wallet, this.#moved);
  readonly #unlock = new Unlock(this, 'password', this.#wallet, this.#moved);
  readonly #sheet = new Sheet(this, () => this.#account?.open.part?.sheetClosed());
  readonly #requestSheet = new Sheet(this, () => this.#approver.request?.decline());
  readonly #requestUnlock = new Unlock(this, 'request-password', this.#wallet, this.#moved);
  readonly #approver: Approver = new Approver(this, (request) => {
    if (request) this.#requestSheet.open();
    else this.#requestSheet.close();
  });
  readonly #approval = new LazyPart(
    async () => new (await import('./requests/approval.ts')).Approval(this),
    this.#changed,
  );
  /** What belongs to one account; made anew for another. */
  #account: { address: Address; open: LazyPart<AccountPart> } | undefined;
  #disconnect: (() => void) | undefined;
  #focusNext = false;
  #clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // Countdowns and ages move.
    this.#clock = setInterval(this.#changed, 1000);
    if (this.#session.current && !this.#disconnect) this.#begin(this.#session.current);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.#end();
    // No word and no password outlives the element's place in the page.
    this.#setup.reset();
  }

  /**
   * EIP-1193 provider of this wallet: reads are proven, signatures wait for the person. Also announced to the
   * page by EIP-6963. Resolves once the session is open.
   */
  get provider(): Promise<WalletProvider> {
    return Promise.all([import('./requests/present.ts'), this.#opened()]).then(
      ([{ providerOf }, { wallet }]) => providerOf(wallet),
    );
  }

  #opened(): Promise<Session> {
    if (this.#session.current) return Promise.resolve(this.#session.current);
    return new Promise((resolve) => {
      this.addEventListener('hsk-session-ready', ({ session }) => resolve(session), { once: true });
    });
  }

  #begin(session: Session): void {
    this.#end();
    this.failure = undefined;
    const { wallet } = session;
    const stops = new AbortController();
    const options = { signal: stops.signal };
    wallet.addEventListener(WalletChangeEvent.type, () => this.#walletChanged(session), options);
    wallet.addEventListener(
      WalletJournalEvent.type,
      () => void this.#account?.open.part?.journalled(),
      options,
    );
    // Inside another element it only opens the wallet; that element has the say over the rest.
    if (!this.classList.contains('inner')) {
      this.#approver.attach(wallet);
      void this.#present(session, stops.signal);
    }
    this.#disconnect = () => {
      stops.abort();
      this.#approver.hostDisconnected();
    };
    this.#walletChanged(session);
    wallet.ready.catch((error: unknown) => (this.failure = serializeError(error)));
  }

  async #present({ wallet }: Session, signal: AbortSignal): Promise<void> {
    const { present } = await import('./requests/present.ts');
    if (!signal.aborted) signal.addEventListener('abort', present(wallet));
  }

  #end(): void {
    this.#disconnect?.();
    this.#disconnect = undefined;
  }

  #walletChanged(session: Session): void {
    const { account } = session.wallet;
    if (session.wallet.state !== 'starting') this.failure = undefined;
    if (account !== this.#account?.address) {
      this.#sheet.close();
      this.#account?.open.part?.end();
      this.#account = account && { address: account, open: this.#openAccount(session, account) };
      this.dispatchEvent(new AccountChangedEvent(account));
    }
    this.requestUpdate();
  }

  #openAccount(session: Session, account: Address): LazyPart<AccountPart> {
    return new LazyPart(async () => {
      const { AccountPart } = await import('./account/account-part.ts');
      return new AccountPart(this, session, account, {
        moved: this.#moved,
        openSheet: () => this.#sheet.open(),
        closeSheet: () => this.#sheet.close(),
        lazily: (view, lazy, render) => this.#lazily(view, lazy, render),
      });
    }, this.#changed);
  }

  protected override willUpdate(): void {
    this.#account?.open.part?.follow();
  }

  protected override updated(): void {
    if (!this.#focusNext) return;
    const scope = [...this.renderRoot.querySelectorAll('dialog[open]')].at(-1) ?? this.renderRoot;
    const next =
      scope.querySelector<HTMLElement>('[aria-invalid="true"]') ??
      scope.querySelector<HTMLElement>('[data-focus]');
    if (!next) return;
    this.#focusNext = false;
    next.focus();
  }

  override render(): TemplateResult {
    const { t, language } = this.#i18n;
    const session = this.#session.current;
    const error = this.#session.error ?? this.failure;
    if (!session || (session.wallet.state === 'starting' && error))
      return html`<section
        class="card"
        part="card"
        aria-label=${t.wallet}
        aria-busy=${error ? 'false' : 'true'}
      >
        ${error ? this.#renderFailure(error, t, language) : this.#renderWaiting(language)}
      </section>`;
    const view: View = { t, language, session, now: Date.now() / 1000 };
    return html`<section class="card" part="card" aria-label=${t.wallet} data-step=${this.#step(session)}>
        ${this.#body(view)}
      </section>
      ${this.#sheet.render(() => this.#sheetContent(view))}
      ${this.#requestSheet.render(() => this.#requestContent(view))}`;
  }

  #renderWaiting(language: string): TemplateResult {
    return html`<span class="skeleton block">0</span><span class="skeleton block">0</span>
      <p class="visually-hidden" role="status">${sharedWords(language).loading}</p>`;
  }

  #renderFailure(failed: SerializedError, t: View['t'], language: string): unknown {
    const session = this.#session.current;
    const run = () => {
      this.failure = undefined;
      if (!session) this.#session.retry();
      else session.wallet.refresh().catch((cause: unknown) => (this.failure = serializeError(cause)));
    };
    return renderError(failed, language, {
      catalogue: walletErrors(t),
      action: { label: sharedWords(language).tryAgain, run },
    });
  }

  #step({ wallet }: Session): string {
    if (wallet.state === 'empty') return this.#setup.state.step;
    if (wallet.state === 'locked') return this.#setup.state.step === 'restore' ? 'restore' : 'locked';
    return wallet.state;
  }

  #body(view: View): unknown {
    const { wallet } = view.session;
    switch (wallet.state) {
      case 'starting':
        return this.#renderWaiting(view.language);
      case 'empty':
        return this.#setup.render(view);
      case 'locked':
        return this.#setup.state.step === 'restore'
          ? this.#setup.render(view)
          : this.#unlock.render(view, () => this.#setup.go({ type: 'restore' }));
      case 'unlocked':
        return this.#account
          ? this.#lazily(view, this.#account.open, (part) => part.render(view))
          : this.#renderWaiting(view.language);
    }
  }

  #sheetContent(view: View): SheetContent {
    const { t, language } = view;
    return this.#account?.open.part?.sheet(view) ?? { title: t.wallet, content: nothing, language };
  }

  #requestContent(view: View): SheetContent {
    const { t, language } = view;
    const { request } = this.#approver;
    if (!request) return { title: t.wallet, content: nothing, language };
    return {
      title: this.#approval.part?.title(view, request) ?? t.wallet,
      language,
      content: this.#lazily(view, this.#approval, (part) =>
        part.render(view, request, this.#requestUnlock.renderForm(view)),
      ),
    };
  }

  #lazily<T>({ t, language }: View, lazy: LazyPart<T>, render: (part: T) => unknown): unknown {
    const part = lazy.get();
    if (part) return render(part);
    if (!lazy.error) return this.#renderWaiting(language);
    return renderError(lazy.error, language, {
      catalogue: walletErrors(t),
      action: { label: sharedWords(language).tryAgain, run: () => void lazy.load() },
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'hsk-wallet': HskWallet;
  }
}
