import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { AgentApi, NewBudget } from '../../agent/agent-api.ts';
import { HskError, serializeError, type SerializedError } from '../../protocol/errors.ts';
import { baseStyles } from '../shared/base.styles.ts';
import { chartStyles } from '../shared/chart.styles.ts';
import { renderError } from '../shared/error-box.ts';
import {
  AgentBudgetConfirmEvent,
  AgentPaidEvent,
  AgentStoppedEvent,
  ElementErrorEvent,
} from '../shared/events.ts';
import { focusIsElsewhere } from '../shared/focus.ts';
import { HostState } from '../shared/host-state.ts';
import { followWallet } from '../shared/follow-wallet.ts';
import { journeyStyles } from '../shared/journey.styles.ts';
import { Localized } from '../shared/i18n.ts';
import { InnerWallet } from '../shared/inner-wallet.ts';
import type { LineChart } from '../shared/line-chart.ts';
import { loadCode } from '../shared/load-code.ts';
import { renderProgress } from '../shared/progress.ts';
import { SessionController } from '../shared/session-controller.ts';
import type { Session } from '../shared/session.ts';
import { sharedWords } from '../shared/shared.messages.ts';
import { Sheet } from '../shared/sheet.ts';
import { phaseOf } from './budget-machine.ts';
import type { Budgets } from './budgets.ts';
import { connectAgent } from './connect-agent.ts';
import { agentMessages } from './hsk-agent.messages.ts';
import { agentStyles } from './hsk-agent.styles.ts';
import type * as Parts from './parts.ts';
import type { Research } from './research.ts';
import type { View } from './view.ts';
import type { BudgetForm } from './views/set-budget.ts';

/** Seconds between two summaries that are read out. */
const SUMMARY_PACE = 5;

/**
 * @summary Gives an AI agent a budget instead of a wallet: limits the owner signs, an account of its own,
 * every payment with its proof, and one button that stops it.
 *
 * @event hsk-session-ready The session is open
 * @event hsk-agent-budget-confirm The owner pressed "Set aside"; cancel it to hold the budget back
 * @event hsk-agent-paid A payment is proven
 * @event hsk-agent-stopped The owner stopped the agent, and what was left is back
 * @event hsk-error Something failed and is shown
 * @cssstate needs-wallet It shows a wallet to be created or unlocked; another beside it would say the same
 * @csspart standing What is left, and the stop button
 * @csspart stop The stop button
 * @csspart budget The budget and its account
 * @csspart mandate Who stands behind the agent
 * @csspart task The agent's work
 * @csspart payments The list of payments
 * @csspart over A budget that is stopped or has run out
 * @csspart others The owner's other budgets
 * @csspart error An error in place
 * @cssproperty --hsk-agent-sticky-top Height of a fixed header of the page, which the stop button must clear
 */
export class HskAgent extends LitElement {
  static override styles = [...baseStyles, journeyStyles, chartStyles, agentStyles];

  /** URL of the chain profile. */
  @property() profile = '';
  /** `sha256-…` of the profile, as in subresource integrity. */
  @property({ attribute: 'profile-integrity' }) profileIntegrity = '';
  /** URL of the merchant's catalogue; relative to the page. */
  @property() catalogue = '';
  /**
   * Addresses that a budget may pay besides the catalogue's, separated by spaces: for a page whose own agent
   * uses `fetch`. The owner still ticks each of them.
   */
  @property() payees = '';
  /** URL of the folder with the circuit's files, for vouching; relative to the page. */
  @property() artefacts = '';
  @property({ attribute: false }) session: Session | undefined;
  /** A payer of the host's own making; that of the session without it. */
  @property({ attribute: false }) agent: AgentApi | undefined;

  @state() private failure: SerializedError | undefined;
  @state() private most = 0;

  readonly #i18n = new Localized(this, agentMessages);
  readonly #session = new SessionController(this, (session) => void this.#begin(session));
  readonly #innerWallet = new InnerWallet(this);
  readonly #hostState = new HostState(this);
  readonly #stopSheet = new Sheet(this);
  #parts: typeof Parts | undefined;
  #form: BudgetForm | undefined;
  #budgets: Budgets | undefined;
  #research: Research | undefined;
  #researched: string | undefined;
  #chart: LineChart | undefined;
  #begun = 0;
  #unfollow: (() => void) | undefined;
  #seen = 0n;
  #stage = '';
  #told: string | undefined;
  readonly #paid = new Map<string, Set<string>>();
  #summary = { text: '', at: 0 };
  #clock: ReturnType<typeof setInterval> | undefined;

  /**
   * Fetches a resource for an agent of the page's own, and pays for it from the open budget when asked to.
   * Resolves only when the payment is proven; the same rules hold as for the element's own agent.
   *
   * @param url relative to the page
   * @throws `BUDGET_NONE` when no budget is open, and what `AgentApi.fetch` throws
   */
  async fetch(url: string, options: { title?: string; signal?: AbortSignal } = {}): Promise<Response> {
    const open = this.#budgets?.open;
    if (!this.#budgets || !open)
      throw new HskError('BUDGET_NONE', 'No budget is open for the agent', {
        action: 'Ask the owner to set one.',
      });
    return this.#budgets.agent.fetch(open.budget.id, new URL(url, document.baseURI).href, options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Countdowns and ages move.
    this.#clock = setInterval(() => this.requestUpdate(), 1000);
    if (this.#session.current && !this.#budgets) void this.#begin(this.#session.current);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.#end();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const moved = (name: 'agent' | 'catalogue' | 'payees') => changed.has(name) && this.hasUpdated;
    if ((moved('agent') || moved('catalogue') || moved('payees')) && this.#session.current)
      void this.#begin(this.#session.current);
    this.#follow();
  }

  protected override updated(): void {
    const state = this.#budgets?.state;
    const shown = this.#budgets?.shown;
    this.#hostState.set('needs-wallet', this.#walletShown);
    const stage =
      state?.step === 'shown'
        ? shown
          ? `shown ${state.budgetId} ${phaseOf(shown, Date.now() / 1000)} ${state.stopping}`
          : this.#stage
        : (state?.step ?? '');
    if (stage === this.#stage) return;
    const before = this.#stage;
    this.#stage = stage;
    // What the owner did is read out; what came by itself takes no focus.
    const byItself = ['', 'needs-wallet', 'reading'].includes(before) || stage.includes(' expired ');
    if (!byItself && !focusIsElsewhere(this))
      this.renderRoot.querySelector<HTMLElement>('[data-focus]')?.focus();
  }

  #end(): void {
    this.#budgets?.end();
    this.#budgets = undefined;
    this.#research?.end();
    this.#research = undefined;
    this.#researched = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  async #begin(session: Session): Promise<void> {
    this.#end();
    const begun = ++this.#begun;
    this.failure = undefined;
    // The form for a locked wallet does not wait for the payer's code.
    this.#unfollow = followWallet(session, {
      unlocked: () => this.requestUpdate(),
      locked: () => this.requestUpdate(),
    });
    try {
      const [parts, agent] = await Promise.all([this.#load(), this.agent ?? connectAgent(session)]);
      if (begun !== this.#begun || !this.isConnected) return;
      const catalogue = this.catalogue && new URL(this.catalogue, document.baseURI).href;
      const budgets = new parts.Budgets(agent, session, { catalogue, payees: this.payees });
      budgets.addEventListener('change', () => this.#changed(budgets));
      this.#budgets = budgets;
      this.#unfollow?.();
      this.#unfollow = followWallet(session, {
        unlocked: (owner) => budgets.unlocked(owner),
        locked: () => budgets.locked(),
      });
      this.requestUpdate();
    } catch (error) {
      if (begun !== this.#begun) return;
      this.failure = serializeError(error);
      this.dispatchEvent(new ElementErrorEvent(this.failure));
    }
  }

  async #load(): Promise<typeof Parts> {
    const parts = (this.#parts ??= await loadCode(() => import('./parts.ts')));
    this.#chart ??= new parts.LineChart(this);
    this.#form ??= new parts.BudgetForm(this, {
      review: (budget) => this.#budgets?.review(budget),
      fund: () => void this.#budgets?.fund(),
      retry: () => void this.#budgets?.loadCatalogue(),
    });
    this.most ||= parts.PAGE;
    return parts;
  }

  /** New blocks bring new balances. */
  #follow(): void {
    const head = this.#session.current?.status.heads.attested?.number ?? 0n;
    if (head === this.#seen) return;
    this.#seen = head;
    void this.#budgets?.refresh();
  }

  #changed(budgets: Budgets): void {
    if (budgets !== this.#budgets) return;
    const { state, shown } = budgets;
    const id = shown && phaseOf(shown, Date.now() / 1000) === 'open' ? shown.budget.id : undefined;
    const stopping = state.step === 'shown' && state.stopping;
    if (id !== this.#researched || stopping) {
      this.#research?.end();
      this.#researched = stopping ? undefined : id;
      this.#research =
        id === undefined || stopping || !this.#parts
          ? undefined
          : new this.#parts.Research(
              ({ url, title }) => budgets.agent.fetch(id, url, { title }),
              () => this.requestUpdate(),
            );
    }
    if (state.step === 'shown' && this.#stage === 'opening') this.#form?.clear();
    this.#tellPaid(budgets);
    const error =
      ('error' in state ? state.error : undefined) ?? budgets.catalogueError ?? budgets.namedError;
    // Told once, however often it is tried again.
    if (error && error.code !== this.#told) this.dispatchEvent(new ElementErrorEvent(error));
    this.#told = error?.code;
    this.requestUpdate();
  }

  /** Payments proven since the budget was first shown; what was paid before is no news. */
  #tellPaid({ shown, payments }: Budgets): void {
    if (!shown || !payments) return;
    const paid = payments.filter(({ status }) => status === 'paid');
    const known = this.#paid.get(shown.budget.id);
    this.#paid.set(shown.budget.id, new Set(paid.map(({ id }) => id)));
    if (!known) return;
    for (const payment of paid.toReversed())
      if (!known.has(payment.id)) this.dispatchEvent(new AgentPaidEvent(payment));
  }

  override render(): TemplateResult {
    const { language, locale } = this.#i18n;
    const session = this.#session.current;
    const parts = this.#parts;
    const budgets = this.#budgets;
    const failure = this.failure ?? this.#session.error;
    if (session && this.#walletShown) return this.#shell('needs-wallet', this.#walletNeeded(session));
    if (!session || !budgets || !parts || failure)
      return html`<section class="card">
        ${renderError(failure, language, {
          action: { label: sharedWords(language).tryAgain, run: () => this.#retry() },
        })}
        ${
          failure
            ? nothing
            : html`<span class="skeleton block">0</span><span class="skeleton block">0</span>
                <p class="visually-hidden" role="status">${sharedWords(language).loading}</p>`
        }
      </section>`;
    const t = parts.budgetMessages[locale] as View['t'];
    const view: View = { t, language, session, budgets, now: Date.now() / 1000 };
    return html`${this.#shell(
      budgets.state.step,
      html`${this.#body(view, parts)} ${budgets.state.step === 'opening' ? nothing : parts.renderOthers(view)}`,
    )}
    ${this.#stopSheet.render(() => ({ title: t.stopTitle, content: this.#stopContent(view, parts), language }))}`;
  }

  /** A wallet is created or unlocked here first; a budget being opened goes on without. */
  get #walletShown(): boolean {
    const session = this.#session.current;
    if (!session || this.failure || this.#session.error) return false;
    const step = this.#budgets?.state.step;
    return step === 'needs-wallet' || (!session.wallet.account && step !== 'opening');
  }

  #shell(step: string, content: unknown): TemplateResult {
    return html`<section class="card shell" part="card" aria-label=${this.#i18n.t.title} data-step=${step}>
      ${content}
    </section>`;
  }

  #walletNeeded(session: Session): TemplateResult {
    const { t, language } = this.#i18n;
    return html`<div class="stack">
      <p class="muted">${t.walletIntro}</p>
      ${this.#innerWallet.render(session, language)}
    </div>`;
  }

  #body(view: View, parts: typeof Parts): TemplateResult {
    const { t, language, budgets, session } = view;
    const { state } = budgets;
    switch (state.step) {
      case 'needs-wallet':
        return this.#walletNeeded(session);
      case 'reading':
        return html`<div class="stack">
          ${
            state.error
              ? renderError(state.error, language, {
                  catalogue: parts.agentErrors(t),
                  action: { label: sharedWords(language).tryAgain, run: () => void budgets.refresh() },
                })
              : renderProgress(t.reading, { language })
          }
        </div>`;
      case 'setting':
        return this.#form!.render(view);
      case 'reviewing':
        return parts.renderReview(view, state, {
          confirm: () => this.#confirm(budgets, state.asked),
          amend: () => budgets.amend(),
        });
      case 'opening':
        return parts.renderOpening(view, state.asked, state.progress);
      case 'shown':
        return this.#shown(view, state, parts);
    }
  }

  #shown(
    view: View,
    state: Extract<Budgets['state'], { step: 'shown' }>,
    parts: typeof Parts,
  ): TemplateResult {
    const { budgets, now } = view;
    const { shown } = budgets;
    if (!shown || !this.#chart)
      return html`<div class="stack">
        <span class="skeleton block">0</span><span class="skeleton block">0</span>
      </div>`;
    // Nothing is summed up before the payments are read.
    const summary = budgets.payments ? parts.summarise(view, shown) : '';
    if (now - this.#summary.at >= SUMMARY_PACE && summary !== this.#summary.text)
      this.#summary = { text: summary, at: now };
    return html`<p class="visually-hidden" role="status">${this.#summary.text}</p>
      ${parts.renderShown(view, shown, state, {
        research: this.#research,
        chart: this.#chart,
        most: this.most,
        askStop: () => this.#stopSheet.open(),
        takeBack: () => void this.#stop(budgets),
        vouch: () => void budgets.vouch(parts.connectVoucher(view.session, () => this.#artefactsUrl())),
        more: () => (this.most += parts.PAGE),
      })}`;
  }

  #confirm(budgets: Budgets, asked: NewBudget): void {
    if (budgets.state.step !== 'reviewing') return;
    if (this.dispatchEvent(new AgentBudgetConfirmEvent(asked))) void budgets.confirm();
  }

  async #stop(budgets: Budgets): Promise<void> {
    const { shown } = budgets;
    this.#stopSheet.close();
    const returned = await budgets.stop();
    if (shown && returned !== undefined) this.dispatchEvent(new AgentStoppedEvent(shown.budget.id, returned));
  }

  #stopContent(view: View, parts: typeof Parts): TemplateResult | typeof nothing {
    const { budgets } = view;
    const { shown } = budgets;
    if (!shown) return nothing;
    return parts.renderStopSheet(view, shown, {
      stop: () => void this.#stop(budgets),
      keep: () => this.#stopSheet.close(),
    });
  }

  #artefactsUrl(): string {
    return new URL(this.artefacts || 'circuits/', document.baseURI).href;
  }

  #retry(): void {
    this.failure = undefined;
    if (this.#session.current) void this.#begin(this.#session.current);
    else this.#session.retry();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'hsk-agent': HskAgent;
  }
}
