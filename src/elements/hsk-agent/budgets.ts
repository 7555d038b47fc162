import type { Address } from 'viem';
import type {
  AgentApi,
  AgentPayment,
  BudgetView,
  CatalogueEntry,
  MandateState,
  NewBudget,
  ProveMandate,
  VouchStep,
} from '../../agent/agent-api.ts';
import type { LightClientApi } from '../../light-client/light-client-api.ts';
import { askFaucet } from '../../market/faucet.ts';
import { readCash } from '../../market/holdings.ts';
import { HskError, serializeError, type SerializedError } from '../../protocol/errors.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import type { Proven } from '../../protocol/trust.ts';
import { parsePayees } from './named-payees.ts';
import { budget, type BudgetEvent, type BudgetState, initialBudget, phaseOf } from './budget-machine.ts';

/** What the budgets ask of a session. */
export interface BudgetRooms {
  profile: ChainProfile;
  lightClient: Pick<LightClientApi, 'read'>;
}

/** What a page offers its owner's agent. */
export interface Offer {
  /** URL of a catalogue; empty where there is none. */
  catalogue: string;
  /** Addresses that may be paid besides the catalogue's, separated by white space. */
  payees: string;
}

/** Milliseconds between two looks for what comes by itself. */
const PACE = 1000;
/** After these many looks the faucet's money is taken for lost. */
const LOOKS = 15;

/**
 * The owner's budgets as the element shows them: the machine's effects, over the agent's interface.
 * Dispatches `change` whenever something that is shown has changed.
 */
export class Budgets extends EventTarget {
  state: BudgetState = initialBudget;
  views: readonly BudgetView[] = [];
  /** Of the budget that is shown, newest first; `undefined` until read. */
  payments: readonly AgentPayment[] | undefined;
  /** What the owner holds. */
  cash: Proven<bigint> | undefined;
  /** What the account of the budget that is shown holds, with its evidence. */
  held: Proven<bigint> | undefined;
  /** What is proven of the mandate of that budget's agent; `undefined` where there are none. */
  mandate: Proven<MandateState> | undefined;
  /** While the owner vouches for the agent; fraction 0 to 1. */
  vouching: { step: VouchStep; fraction: number } | undefined;
  vouchError: SerializedError | undefined;
  catalogue: readonly CatalogueEntry[] | undefined;
  catalogueError: SerializedError | undefined;
  /** Payees that the page names itself. */
  named: readonly Address[] = [];
  namedError: SerializedError | undefined;
  /** True while the faucet has been asked and nothing has arrived. */
  funding = false;
  fundingError: SerializedError | undefined;
  #refreshing: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #ended = false;

  constructor(
    readonly agent: AgentApi,
    private readonly rooms: BudgetRooms,
    private readonly offer: Offer,
  ) {
    super();
    agent.addEventListener('change', this.#moved);
    try {
      this.named = parsePayees(offer.payees);
    } catch (error) {
      this.namedError = serializeError(error);
    }
    if (offer.catalogue) void this.loadCatalogue();
  }

  get hasCatalogue(): boolean {
    return this.offer.catalogue !== '';
  }

  /** The budget that is shown. */
  get shown(): BudgetView | undefined {
    const { state } = this;
    return state.step === 'shown' ? this.views.find(({ budget }) => budget.id === state.budgetId) : undefined;
  }

  /** The budget that can pay: the one shown when it is open, else the newest that is. */
  get open(): BudgetView | undefined {
    const now = seconds();
    const { shown } = this;
    if (shown && phaseOf(shown, now) === 'open') return shown;
    return this.views.find((view) => phaseOf(view, now) === 'open');
  }

  /** Stops following; what the agent has under way goes on in its own room. */
  end(): void {
    this.#ended = true;
    this.agent.removeEventListener('change', this.#moved);
  }

  unlocked(owner: Address): void {
    const { step } = this.state;
    this.#dispatch({ type: 'unlocked', owner });
    if (step === 'needs-wallet') void this.agent.resume().catch(() => undefined);
    void this.refresh();
  }

  /** Nothing of a wallet is shown once it is closed. */
  locked(): void {
    this.views = [];
    this.cash = undefined;
    this.#leave();
    this.#dispatch({ type: 'locked' });
  }

  /** Reads budgets, payments and balances again. A call during a read waits for one more after it. */
  refresh(): Promise<void> {
    if (!this.#refreshing) return this.#read();
    this.#following ??= this.#refreshing.then(() => {
      this.#following = undefined;
      return this.#read();
    });
    return this.#following;
  }

  async loadCatalogue(): Promise<void> {
    this.catalogueError = undefined;
    this.#changed();
    try {
      this.catalogue = await this.agent.catalogue(this.offer.catalogue);
    } catch (error) {
      this.catalogueError = serializeError(error);
    }
    this.#changed();
  }

  review(asked: NewBudget): void {
    this.#dispatch({ type: 'review', asked });
  }

  amend(): void {
    this.#dispatch({ type: 'amend' });
  }

  /** Leaves a budget that is over, or sets another beside it. */
  again(): void {
    this.#leave();
    this.#dispatch({ type: 'again' });
  }

  show(budgetId: string): void {
    this.#leave();
    this.#dispatch({ type: 'show', budgetId });
    void this.refresh();
  }

  /** Signs and funds what stands in the review. */
  async confirm(): Promise<void> {
    if (this.state.step !== 'reviewing') return;
    const { asked } = this.state;
    const before = new Set(this.views.map(({ budget }) => budget.id));
    this.#dispatch({ type: 'confirm' });
    try {
      const { budget } = await this.agent.open(asked, (progress) =>
        this.#dispatch({ type: 'progress', progress }),
      );
      await this.refresh();
      this.#dispatch({ type: 'opened', budgetId: budget.id });
    } catch (caught) {
      const error = serializeError(caught);
      // A delegation whose funding is in doubt must not be funded again; one that was closed is no budget.
      await this.refresh();
      const signed = this.views.find(({ budget }) => budget.status === 'open' && !before.has(budget.id));
      this.#dispatch(
        signed ? { type: 'opened', budgetId: signed.budget.id, error } : { type: 'failed', error },
      );
    }
    void this.refresh();
  }

  /** Vouches for the agent of the budget that is shown. */
  async vouch(prove: ProveMandate): Promise<void> {
    const { shown, agent } = this;
    if (!shown || !agent.vouch || this.vouching) return;
    const { id } = shown.budget;
    const tell = (step: VouchStep, fraction: number) => {
      this.vouching = { step, fraction };
      this.#changed();
    };
    this.vouchError = undefined;
    tell('proving', 0);
    try {
      await agent.vouch(id, prove, tell);
      await this.#readMandate(id);
    } catch (error) {
      if (this.shown?.budget.id === id) this.vouchError = serializeError(error);
    }
    this.vouching = undefined;
    this.#changed();
  }

  async #readMandate(id: string): Promise<void> {
    if (!this.rooms.profile.mandates || !this.agent.mandate) return;
    const mandate = await this.agent.mandate(id);
    if (this.shown?.budget.id === id) this.mandate = mandate;
  }

  /** Base units that came back, or `undefined` when it could not be finished; then it can be asked again. */
  async stop(): Promise<bigint | undefined> {
    const { shown, state } = this;
    if (!shown || state.step !== 'shown' || state.stopping) return undefined;
    const { id } = shown.budget;
    const still = () => this.state.step === 'shown' && this.state.budgetId === id;
    this.#dispatch({ type: 'stop' });
    try {
      await this.agent.stop(id);
      await this.refresh();
      if (still()) this.#dispatch({ type: 'stopped' });
      const spent = this.views.find(({ budget }) => budget.id === id)?.spent ?? shown.spent;
      const returned = shown.balance - (spent - shown.spent);
      return returned > 0n ? returned : 0n;
    } catch (error) {
      await this.refresh();
      if (still()) this.#dispatch({ type: 'failed', error: serializeError(error) });
      return undefined;
    }
  }

  /** Asks the test network's faucet for money. */
  async fund(): Promise<void> {
    const { faucet } = this.rooms.profile.services;
    const { state } = this;
    if (!faucet || state.step === 'needs-wallet' || this.funding) return;
    this.funding = true;
    this.fundingError = undefined;
    this.#changed();
    try {
      const before = this.cash?.value ?? 0n;
      await askFaucet(faucet, state.owner);
      for (let looks = 0; (this.cash?.value ?? 0n) <= before; looks++) {
        if (looks === LOOKS || this.#ended)
          throw new HskError('FAUCET_LATE', 'The test dollars have not arrived yet');
        await new Promise((resolve) => {
          setTimeout(resolve, PACE);
        });
        await this.refresh();
      }
    } catch (error) {
      this.fundingError = serializeError(error);
    }
    this.funding = false;
    this.#changed();
  }

  /** Nothing of one budget is shown beside another. */
  #leave(): void {
    this.payments = undefined;
    this.held = undefined;
    this.mandate = undefined;
    this.vouchError = undefined;
  }

  #read(): Promise<void> {
    this.#refreshing = this.#readAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readAll(): Promise<void> {
    const { state, agent } = this;
    if (state.step === 'needs-wallet' || this.#ended) return;
    const { owner } = state;
    const { lightClient, profile } = this.rooms;
    void readCash(lightClient, profile, owner).then(
      (cash) => this.#keep(owner, () => (this.cash = cash)),
      // The last proven figure stays; the ladder's age says how old it is.
      () => undefined,
    );
    try {
      const views = await agent.budgets();
      this.#keep(owner, () => {
        this.views = views;
        this.#dispatch({ type: 'read', views, now: seconds() });
      });
      const { shown } = this;
      if (!shown) return;
      const { id, account } = shown.budget;
      const isShown = () => this.shown?.budget.id === id;
      void readCash(lightClient, profile, account).then(
        (held) => this.#keep(owner, () => isShown() && (this.held = held)),
        () => undefined,
      );
      void this.#readMandate(id).then(
        () => this.#keep(owner, () => undefined),
        () => undefined,
      );
      const payments = await agent.payments(id);
      this.#keep(owner, () => isShown() && (this.payments = payments));
    } catch (error) {
      // What is shown stays; only a first reading has nothing else to show.
      if (this.state.step === 'reading') this.#dispatch({ type: 'failed', error: serializeError(error) });
    }
  }

  /** An answer for a wallet that was closed meanwhile is dropped. */
  #keep(owner: Address, apply: () => void): void {
    const { state } = this;
    if (this.#ended || state.step === 'needs-wallet' || state.owner !== owner) return;
    apply();
    this.#changed();
  }

  readonly #moved = () => void this.refresh();

  #dispatch(event: BudgetEvent): void {
    const next = budget(this.state, event);
    if (next === this.state) return;
    this.state = next;
    this.#changed();
  }

  #changed(): void {
    if (!this.#ended) this.dispatchEvent(new Event('change'));
  }
}

function seconds(): number {
  return Date.now() / 1000;
}
