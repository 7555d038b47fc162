import type { LightClientApi } from '../light-client/light-client-api.ts';
import { readCash } from '../market/holdings.ts';
import { HskError } from '../protocol/errors.ts';
import { sameAddress } from '../protocol/address.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { deploymentId } from '../wallet/deployment.ts';
import { WalletChangeEvent } from '../wallet/events.ts';
import type { Budget, VaultApi } from '../wallet/vault-api.ts';
import { type Locks, webLocks } from '../wallet/vault/locks.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type {
  AgentApi,
  AgentPayment,
  BudgetView,
  CatalogueEntry,
  MandateState,
  NewBudget,
  OpenStep,
  ProveMandate,
  VouchStep,
} from './agent-api.ts';
import type { Proven } from '../protocol/trust.ts';
import { fetchCatalogue } from './catalogue.ts';
import { AgentChangeEvent } from './events.ts';
import type { Fetch } from './merchant-answer.ts';
import { fundingId, openBudget } from './open-budget.ts';
import { describePayment, type PaymentState } from './payment.ts';
import { indexedDbPaymentJournal, type PaymentJournal } from './payment-journal.ts';
import { Payer } from './payer.ts';
import { readMandate } from './budget-mandate.ts';
import { revokeMandate, vouchForAgent } from './vouch.ts';
import { stopBudget } from './stop-budget.ts';

export interface AgentParts {
  profile: ChainProfile;
  lightClient: Pick<LightClientApi, 'read'>;
  wallet: Pick<Wallet, 'account' | 'send' | 'sent' | 'addEventListener' | 'removeEventListener'>;
  vault: Pick<
    VaultApi,
    'budgets' | 'openBudget' | 'signPayment' | 'releasePayment' | 'stopBudget' | 'zkidSecret'
  >;
  /** By default IndexedDB. */
  journal?: PaymentJournal;
  locks?: Locks;
  fetch?: Fetch;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Milliseconds that a transfer with a valid receipt has to become provable; 20 seconds unless given. */
  patience?: number;
}

/** The agent's payer of one page: budgets in the vault, payments in its journal, nothing believed unproven. */
export class Agent extends EventTarget implements AgentApi {
  readonly #parts: AgentParts & { now: () => number; fetch: Fetch; locks: Locks };
  readonly #scope: string;
  readonly #payer: Payer;
  readonly #catalogue = new Map<string, CatalogueEntry>();
  readonly #closing = new AbortController();
  /** Other tabs of the origin, which read the same journal. */
  readonly #tabs: BroadcastChannel;
  #resuming: Promise<void> | undefined;

  constructor(parts: AgentParts) {
    super();
    this.#scope = deploymentId(parts.profile);
    this.#parts = {
      ...parts,
      now: parts.now ?? Date.now,
      // A window's fetch wants to be called on its window.
      fetch: parts.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      locks: parts.locks ?? webLocks(),
    };
    this.#payer = new Payer({
      ...this.#parts,
      journal: parts.journal ?? indexedDbPaymentJournal(this.#scope),
      patience: parts.patience ?? 20_000,
      scope: this.#scope,
      onChange: this.#changed,
    });
    this.#tabs = new BroadcastChannel(`hsk-agent/${this.#scope}`);
    this.#tabs.addEventListener('message', this.#tell);
    // In Node it would otherwise keep the process alive.
    (this.#tabs as { unref?: () => void }).unref?.();
    parts.wallet.addEventListener(WalletChangeEvent.type, this.#walletChanged);
  }

  async catalogue(url: string): Promise<CatalogueEntry[]> {
    const entries = await fetchCatalogue(this.#parts.fetch, absolute(url));
    for (const entry of entries) this.#catalogue.set(entry.url, entry);
    return entries;
  }

  async budgets(): Promise<BudgetView[]> {
    const budgets = (await this.#parts.vault.budgets()).filter((budget) => this.#isHere(budget));
    const [payments, funding] = await Promise.all([this.#payer.payments(), this.#funding()]);
    const views = await Promise.all(budgets.map((budget) => this.#view(budget, payments, funding)));
    return views.toSorted((a, b) => Number(b.budget.id) - Number(a.budget.id));
  }

  async open(budget: NewBudget, progress: (step: OpenStep) => void = () => undefined): Promise<BudgetView> {
    const opened = await this.#opening(() => openBudget(this.#parts, budget, progress)).finally(
      this.#changed,
    );
    return this.#view(opened, await this.#payer.payments(opened.id), await this.#funding());
  }

  async stop(budgetId: string): Promise<void> {
    const budget = await this.#budget(budgetId);
    // In all tabs at once: the second finds nothing left to do.
    await this.#parts.locks.exclusive(`hsk-agent-stop/${this.#scope}/${budgetId}`, async () => {
      await stopBudget({ ...this.#parts, payer: this.#payer }, budget, this.#closing.signal).finally(
        this.#changed,
      );
      if (this.#parts.profile.mandates) await this.#endMandate(budget);
    });
  }

  async payments(budgetId?: string): Promise<AgentPayment[]> {
    void this.#payer.raise().catch(() => undefined);
    return (await this.#payer.payments(budgetId)).map(describePayment);
  }

  /**
   * See `AgentApi.fetch`. A price above the catalogue's, once it was read, is refused.
   *
   * @throws before anything was signed: `RESOURCE_UNAVAILABLE`, `MERCHANT_UNREACHABLE`, `TERMS_*`, `BUDGET_*`,
   * `VAULT_LOCKED`; afterwards the codes of `settlePayment`
   */
  fetch(
    budgetId: string,
    url: string,
    options: { title?: string; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const resource = absolute(url);
    const entry = this.#catalogue.get(resource);
    return this.#payer.fetch({ budgetId, url: resource, entry, ...options });
  }

  resume(): Promise<void> {
    this.#resuming ??= this.#resume().finally(() => (this.#resuming = undefined));
    return this.#resuming;
  }

  async #endMandate(budget: Budget): Promise<void> {
    const { lightClient, profile } = this.#parts;
    const { value } = await readMandate(lightClient, profile, budget.account);
    if (value.state !== 'none' && value.state !== 'over')
      await revokeMandate(this.#parts, budget).finally(this.#changed);
  }

  /** @throws `MANDATE_UNSUPPORTED`, `BUDGET_UNKNOWN` */
  async mandate(budgetId: string): Promise<Proven<MandateState>> {
    const { lightClient, profile } = this.#parts;
    return readMandate(lightClient, profile, (await this.#budget(budgetId)).account);
  }

  /** @throws as `vouchForAgent` */
  async vouch(
    budgetId: string,
    prove: ProveMandate,
    progress: (step: VouchStep, fraction: number) => void = () => undefined,
  ): Promise<void> {
    const budget = await this.#budget(budgetId);
    await vouchForAgent(this.#parts, budget, prove, progress).finally(this.#changed);
  }

  /** Stops working; what is undecided is taken up by the next agent. */
  close(): void {
    this.#parts.wallet.removeEventListener(WalletChangeEvent.type, this.#walletChanged);
    this.#closing.abort(new HskError('AGENT_CLOSED', 'The agent was closed'));
    this.#payer.close();
    this.#tabs.close();
  }

  async #resume(): Promise<void> {
    await Promise.all([this.#payer.resume(), this.#dropUnfunded().catch(() => undefined)]);
  }

  /** A page that was closed between signing a delegation and funding it leaves a budget that is none. */
  async #dropUnfunded(): Promise<void> {
    const { vault, wallet, lightClient, profile } = this.#parts;
    if (!wallet.account) return;
    await this.#opening(async () => {
      const funding = await this.#funding();
      for (const budget of await vault.budgets()) {
        if (budget.status !== 'open' || !this.#isHere(budget)) continue;
        if (funding(budget) !== 'none') continue;
        const { value } = await readCash(lightClient, profile, budget.account);
        if (value === 0n) await vault.stopBudget(budget.id);
      }
    });
  }

  #opening<T>(task: () => Promise<T>): Promise<T> {
    return this.#parts.locks.exclusive(`hsk-agent-open/${this.#scope}`, task);
  }

  /** What became of the transfers that fund budgets, by the wallet's own record. */
  async #funding(): Promise<(budget: Budget) => BudgetView['funding']> {
    const sent = new Map((await this.#parts.wallet.sent()).map(({ id, status }) => [id, status]));
    return (budget) => {
      const status = sent.get(fundingId(budget));
      if (status === 'success') return 'proven';
      return status === 'pending' ? 'pending' : 'none';
    };
  }

  async #view(
    budget: Budget,
    payments: readonly PaymentState[],
    funding: (budget: Budget) => BudgetView['funding'],
  ): Promise<BudgetView> {
    const { lightClient, profile } = this.#parts;
    const { value: balance, rung } = await readCash(lightClient, profile, budget.account);
    const spent = payments
      // Proven to have moved, whether or not the resource came.
      .filter((state) => state.budgetId === budget.id && 'proof' in state && state.proof !== undefined)
      .reduce((sum, { amount }) => sum + amount, 0n);
    return { budget, balance, rung, spent, funding: funding(budget) };
  }

  async #budget(id: string): Promise<Budget> {
    const budget = (await this.#parts.vault.budgets()).find((one) => one.id === id && this.#isHere(one));
    if (budget) return budget;
    throw new HskError('BUDGET_UNKNOWN', 'There is no such budget', { details: id });
  }

  /** The vault may hold budgets of other deployments. */
  #isHere({ chainId, token }: Budget): boolean {
    const { execution } = this.#parts.profile;
    return chainId === execution.chainId && sameAddress(token, execution.contracts.stablecoin);
  }

  readonly #tell = () => void this.dispatchEvent(new AgentChangeEvent());

  readonly #changed = () => {
    this.#tell();
    if (!this.#closing.signal.aborted) this.#tabs.postMessage('change');
  };

  readonly #walletChanged = () => {
    this.#tell();
    if (this.#parts.wallet.account) this.resume().catch(() => undefined);
  };
}

/** As it is requested: what follows a # never leaves the browser. */
function absolute(url: string): string {
  const resolved = new URL(url, globalThis.document?.baseURI);
  resolved.hash = '';
  return resolved.href;
}
