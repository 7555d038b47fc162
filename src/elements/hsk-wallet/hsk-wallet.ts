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
import { SessionController } from '../shared/session-controller.ts';
import type { Session } from '../shared/session.ts';
import { sharedWords } from '../shared/shared.messages.ts';
import { Sheet, type SheetContent } from '../shared/sheet.ts';
import { Balances } from './balances.ts';
import { Funding } from './funding.ts';
import { walletMessages } from './hsk-wallet.messages.ts';
import { walletStyles } from './hsk-wallet.styles.ts';
import { LazyPart } from './lazy-part.ts';
import { Approver } from './requests/approver.ts';
import { Setup } from './setup/setup.ts';
import { Unlock } from './unlock.ts';
import type { OpenView, View } from './view.ts';
import { type AccountActions, renderAccount, renderHoldings } from './views/account.ts';
import { renderTabs, type Tab } from './views/tabs.ts';
import { walletErrors } from './wallet-errors.ts';

type Panel = 'send' | 'receive' | 'settings';

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
 * @csspart sheet A dialog
 * @csspart error An error in place
 * @cssproperty --hsk-radius Corner radius of the card and the dialogs
 */
export class HskWallet extends LitElement {
  static override styles = [...baseStyles, walletStyles];

  /** URL of the chain profile. */
  @property() profile = '';
  /** `sha256-…` of the profile, as in subresource integrity. */
  @property({ attribute: 'profile-integrity' }) profileIntegrity = '';
  @property({ attribute: false }) session: Session | undefined;

  @state() private failure: SerializedError | undefined;
  @state() private tab: Tab = 'holdings';
  @state() private panel: Panel | undefined;
  @state() private pending = 0;

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
  readonly #funding = new Funding(this.#changed);
  readonly #sheet = new Sheet(this, () => this.#sheetClosed());
  readonly #requestSheet = new Sheet(this, () => this.#approver.request?.decline());
  readonly #requestUnlock = new Unlock(this, 'request-password', this.#wallet, this.#moved);
  readonly #approver: Approver = new Approver(this, (request) => {
    if (request) this.#requestSheet.open();
    else this.#requestSheet.close();
  });
  readonly #receive = new LazyPart(() => import('./views/receive.ts'), this.#changed);
  readonly #approval = new LazyPart(
    async () => new (await import('./requests/approval.ts')).Approval(this),
    this.#changed,
  );
  /** What belongs to one account; made anew for another. */
  #account: ReturnType<HskWallet['accountParts']> | undefined;
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
    wallet.addEventListener(WalletJournalEvent.type, () => void this.#countPending(session), options);
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
      this.tab = 'holdings';
      this.#account = account && this.accountParts(session, account);
      this.dispatchEvent(new AccountChangedEvent(account));
    }
    if (account) void this.#countPending(session);
    this.requestUpdate();
  }

  private accountParts(session: Session, address: Address) {
    const owner = { session, account: address };
    return {
      address,
      balances: new Balances(session, address, () => this.#balancesChanged()),
      send: new LazyPart(async () => {
        const { SendFlow } = await import('./send/send-flow.ts');
        return new SendFlow(this, { moved: this.#moved, close: () => this.#sheet.close() });
      }, this.#changed),
      activity: new LazyPart(async () => {
        const { ActivityList } = await import('./activity/activity-list.ts');
        return new ActivityList(owner, this.#changed);
      }, this.#changed),
      settings: new LazyPart(async () => {
        const { Settings } = await import('./settings/settings.ts');
        return new Settings(this, session.wallet, {
          lock: () => void session.wallet.lock().then(this.#moved),
          moved: this.#moved,
        });
      }, this.#changed),
    };
  }

  #balancesChanged(): void {
    const balances = this.#account?.balances;
    const native = balances?.list.find(({ asset }) => asset.kind === 'native');
    if (balances && !balances.empty && native?.proven?.value !== 0n) this.#funding.arrived();
    this.requestUpdate();
  }

  async #countPending({ wallet }: Session): Promise<void> {
    const sent = await wallet.sent().catch(() => []);
    this.pending = sent.filter(({ status, from }) => status === 'pending' && from === wallet.account).length;
    this.#account?.activity.part?.journalled();
  }

  protected override willUpdate(): void {
    this.#account?.balances.follow();
    if (this.tab === 'activity') this.#account?.activity.part?.follow();
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
        return this.#open(view);
    }
  }

  #openView(view: View): OpenView | undefined {
    return this.#account && { ...view, account: this.#account.address };
  }

  #open(view: View): unknown {
    const parts = this.#account;
    const open = this.#openView(view);
    if (!parts || !open) return this.#renderWaiting(view.language);
    const actions: AccountActions = {
      send: () => this.#show('send'),
      receive: () => this.#show('receive'),
      settings: () => this.#show('settings'),
      fund: () => this.#fund(open),
    };
    const content =
      this.tab === 'holdings'
        ? renderHoldings(open, parts.balances, this.#funding, actions)
        : this.#lazily(view, parts.activity, (activity) => activity.render(open));
    return html`${renderAccount(open, parts.balances, actions)}
    ${renderTabs(view, this.tab, this.pending, (tab) => (this.tab = tab), content)}`;
  }

  #fund({ session, account }: OpenView): void {
    const { faucet } = session.profile.services;
    if (faucet) void this.#funding.ask(faucet, account);
  }

  #show(panel: Panel): void {
    this.panel = panel;
    if (panel === 'send') this.#account?.send.part?.begin();
    this.#sheet.open();
  }

  #sheetClosed(): void {
    this.panel = undefined;
    // A phrase that was shown is not kept behind a closed sheet.
    this.#account?.settings.part?.reset();
  }

  #sheetContent(view: View): SheetContent {
    const { t, language } = view;
    const parts = this.#account;
    const open = this.#openView(view);
    if (!parts || !open) return { title: t.wallet, content: nothing, language };
    switch (this.panel) {
      case 'receive':
        return {
          title: t.receive,
          language,
          content: this.#lazily(view, this.#receive, (part) => part.renderReceive(open)),
        };
      case 'settings':
        return {
          title: parts.settings.part?.title(view) ?? t.settings,
          language,
          content: this.#lazily(view, parts.settings, (part) => part.render(view)),
        };
      default: {
        const { balances } = parts;
        return {
          title: t.send,
          language,
          content: this.#lazily(view, parts.send, (part) => part.render({ ...open, balances })),
        };
      }
    }
  }

  #requestContent(view: View): SheetContent {
    const { t, language, session } = view;
    const { request } = this.#approver;
    if (!request) return { title: t.wallet, content: nothing, language };
    const { state } = session.wallet;
    const gate =
      state === 'unlocked'
        ? undefined
        : state === 'empty'
          ? html`<p>${t.createFirst}</p>`
          : this.#requestUnlock.renderForm(view);
    return {
      title: this.#approval.part?.title(view, request) ?? t.wallet,
      language,
      content: this.#lazily(view, this.#approval, (part) => part.render(view, request, gate)),
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
