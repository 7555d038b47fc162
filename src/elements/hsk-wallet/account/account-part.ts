import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { Address } from 'viem';
import { sameAddress } from '../../../protocol/address.ts';
import type { Session } from '../../shared/session.ts';
import type { SheetContent } from '../../shared/sheet.ts';
import { LazyPart } from '../../shared/lazy-part.ts';
import type { OpenView, View } from '../view.ts';
import { accountWords } from './account.messages.ts';
import { type AccountActions, renderAccount, renderHoldings } from './balance-views.ts';
import { Balances } from './balances.ts';
import { Funding } from './funding.ts';
import { renderTabs, type Tab } from './tabs.ts';

type Panel = 'send' | 'receive' | 'settings';

export interface AccountHost {
  /** Focus should go to what shows next. */
  moved(): void;
  openSheet(): void;
  closeSheet(): void;
  /** Shows a part that may still be on its way. */
  lazily<T>(view: View, lazy: LazyPart<T>, render: (part: T) => unknown): unknown;
}

/** The open wallet of one account: its balance, what it holds, what it did, and the sheets over it. */
export class AccountPart {
  #tab: Tab = 'holdings';
  #panel: Panel | undefined;
  #pending = 0;
  readonly #balances: Balances;
  readonly #funding: Funding;
  readonly #send;
  readonly #receive;
  readonly #settings;
  readonly #activity;
  readonly #identity;

  constructor(
    private readonly element: ReactiveControllerHost & HTMLElement & { renderRoot: ParentNode },
    private readonly session: Session,
    readonly account: Address,
    private readonly host: AccountHost,
  ) {
    const changed = () => element.requestUpdate();
    this.#balances = new Balances(session, account, () => this.#balancesChanged());
    this.#funding = new Funding(changed);
    this.#send = new LazyPart(async () => {
      const { SendFlow } = await import('../send/send-flow.ts');
      return new SendFlow(element, { moved: host.moved, close: host.closeSheet });
    }, changed);
    this.#receive = new LazyPart(() => import('./receive.ts'), changed);
    this.#settings = new LazyPart(async () => {
      const { Settings } = await import('../settings/settings.ts');
      return new Settings(element, session.wallet, {
        lock: () => void session.wallet.lock().then(host.moved),
        moved: host.moved,
      });
    }, changed);
    this.#activity = new LazyPart(async () => {
      const { ActivityList } = await import('../activity/activity-list.ts');
      return new ActivityList({ session, account }, changed);
    }, changed);
    this.#identity = new LazyPart(async () => {
      const { IdentityPart } = await import('../identity/identity-part.ts');
      return new IdentityPart(element, session, account);
    }, changed);
    void this.journalled();
  }

  end(): void {
    this.#identity.part?.end();
  }

  /** Reads what the newest block may have changed. */
  follow(): void {
    this.#balances.follow();
    if (this.#tab === 'activity') this.#activity.part?.follow();
    if (this.#tab === 'identity') this.#identity.part?.follow();
  }

  /** The wallet's own journal has changed. */
  async journalled(): Promise<void> {
    const sent = await this.session.wallet.sent().catch(() => []);
    const open = sent.filter(({ status }) => status === 'pending');
    this.#pending = open.filter(({ from }) => sameAddress(from, this.account)).length;
    this.#activity.part?.journalled();
    this.element.requestUpdate();
  }

  render(outer: View): TemplateResult {
    const view = this.#view(outer);
    const actions: AccountActions = {
      send: () => this.#show('send'),
      receive: () => this.#show('receive'),
      settings: () => this.#show('settings'),
      fund: () => this.#fund(),
    };
    const content = {
      holdings: () => renderHoldings(view, this.#balances, this.#funding, actions),
      activity: () => this.host.lazily(view, this.#activity, (activity) => activity.render(view)),
      identity: () => this.host.lazily(view, this.#identity, (identity) => identity.render(view)),
    }[this.#tab]();
    return html`${renderAccount(view, this.#balances, actions)}
    ${renderTabs(view, this.#tab, this.#pending, (tab) => this.#choose(tab), content)}`;
  }

  sheet(outer: View): SheetContent {
    const view = this.#view(outer);
    const { t, language } = view;
    switch (this.#panel) {
      case undefined:
        return { title: t.wallet, content: nothing, language };
      case 'send': {
        const render = { ...view, balances: this.#balances };
        return {
          title: t.send,
          language,
          content: this.host.lazily(view, this.#send, (part) => part.render(render)),
        };
      }
      case 'receive':
        return {
          title: t.receive,
          language,
          content: this.host.lazily(view, this.#receive, (part) => part.renderReceive(view)),
        };
      case 'settings':
        return {
          title: this.#settings.part?.title(view) ?? t.settings,
          language,
          content: this.host.lazily(view, this.#settings, (part) => part.render(view)),
        };
    }
  }

  sheetClosed(): void {
    this.#panel = undefined;
    // A phrase that was shown is not kept behind a closed sheet.
    this.#settings.part?.reset();
  }

  #view(view: View): OpenView {
    return { ...view, t: accountWords(view.language), account: this.account };
  }

  #show(panel: Panel): void {
    this.#panel = panel;
    if (panel === 'send') this.#send.part?.begin();
    if (panel === 'settings') this.#settings.part?.reset();
    this.host.openSheet();
  }

  #choose(tab: Tab): void {
    if (tab === 'identity' && this.#tab !== tab) this.#identity.part?.shown();
    this.#tab = tab;
    this.element.requestUpdate();
  }

  #fund(): void {
    const { faucet } = this.session.profile.services;
    if (faucet) void this.#funding.ask(faucet, this.account);
  }

  #balancesChanged(): void {
    const native = this.#balances.list.find(({ asset }) => asset.kind === 'native');
    if (!this.#balances.empty && native?.proven?.value !== 0n) this.#funding.arrived();
    this.element.requestUpdate();
  }
}
