import { type Address, type Hex, keccak256, stringToHex } from 'viem';
import type {
  AgentApi,
  AgentPayment,
  BudgetView,
  CatalogueEntry,
  MandateState,
  NewBudget,
  OpenStep,
  VouchStep,
} from '../../src/agent/agent-api.ts';
import { hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { mappingSlot } from '../../src/protocol/anchor.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { buyer, profile } from '../market/fixture.ts';
import type { Proven } from '../../src/protocol/trust.ts';
import { proven, type ScriptedLightClient } from './fixture.ts';

export const owner = buyer.address.toLowerCase() as Address;
export const merchant: Address = `0x${'5a'.repeat(20)}`;
export const HKD = 1_000_000n;

export const CATALOGUE: CatalogueEntry[] = [
  {
    url: 'https://data.peak.example/rates/hibor',
    title: 'HIBOR fixings',
    description: 'Overnight to twelve months, today',
    amount: 300_000n,
    payTo: merchant,
  },
  {
    url: 'https://data.peak.example/funds/flows',
    title: 'Fund flows',
    description: 'Net subscriptions by money market fund',
    amount: 1_250_000n,
    payTo: merchant,
  },
];

const HIBOR = {
  asOf: '2026-11-24',
  source: 'Demonstration',
  fixings: [
    { tenor: 'Overnight', rate: 3.41 },
    { tenor: '1 month', rate: 3.62 },
    { tenor: '3 months', rate: 3.7 },
  ],
  official: false,
};

function hash(text: string): Hex {
  return keccak256(stringToHex(text));
}

/** An agent whose payments stop where the test says; it keeps books as the real one does. */
export class AgentRoom extends EventTarget implements AgentApi {
  entries = CATALOGUE;
  catalogueDown = false;
  cash = 200n * HKD;
  list: BudgetView[] = [];
  all: AgentPayment[] = [];
  opened: NewBudget[] = [];
  fetched: string[] = [];
  stops = 0;
  resumed = 0;
  /** Throws in the step named. */
  openFails: OpenStep | undefined;
  stopFails = false;
  fetchFails: HskError | undefined;
  /** While set, that kind of call waits for `release`. */
  hold: 'open' | 'fetch' | 'stop' | 'vouch' | undefined;
  /** By budget; none without. */
  mandates = new Map<string, MandateState>();
  vouchFails: HskError | undefined;
  #waiting: (() => void)[] = [];

  constructor(lightClient: ScriptedLightClient) {
    super();
    const slotOf = (holder: Address) => mappingSlot(hongKongDollarSlots.balances, holder);
    lightClient.answers.push((query) => {
      if (query.kind !== 'storage' || query.address !== profile.execution.contracts.stablecoin)
        return undefined as never;
      return query.slots.map((slot) => {
        if (slot === slotOf(owner)) return this.cash;
        return this.list.find(({ budget }) => slotOf(budget.account) === slot)?.balance ?? 0n;
      }) as never;
    });
  }

  release(): void {
    this.hold = undefined;
    for (const go of this.#waiting.splice(0)) go();
  }

  tell(): void {
    this.dispatchEvent(new Event('change'));
  }

  async catalogue(): Promise<CatalogueEntry[]> {
    if (this.catalogueDown) throw new HskError('CATALOGUE_UNREACHABLE', 'No catalogue', { details: 'down' });
    return this.entries;
  }

  async budgets(): Promise<BudgetView[]> {
    return structuredClone(this.list);
  }

  async open(asked: NewBudget, progress?: (step: OpenStep) => void): Promise<BudgetView> {
    this.opened.push(asked);
    progress?.('signing');
    if (this.openFails === 'signing') throw new HskError('BUDGET_LIMITS_INVALID', 'Not with these limits');
    const view = this.add(asked, { balance: 0n, funding: 'none' });
    progress?.('funding');
    await this.#pause('open');
    if (this.openFails === 'funding') {
      // Nothing has left the owner's account: such a budget is closed again.
      this.list.find(({ budget }) => budget.id === view.budget.id)!.budget.status = 'stopped';
      throw new HskError('GAS_MISSING', 'No gas', { details: '0 wei' });
    }
    if (this.openFails === 'open') throw new HskError('TRANSACTION_REPLACED', 'Outcome unknown');
    view.balance = asked.total;
    view.funding = 'proven';
    this.cash -= asked.total;
    progress?.('open');
    return structuredClone(view);
  }

  /** A budget without the way to it. */
  add(asked: Partial<NewBudget> = {}, change: Partial<BudgetView> = {}): BudgetView {
    const id = String(1000 + this.list.length);
    const total = asked.total ?? 50n * HKD;
    const view: BudgetView = {
      budget: {
        token: profile.execution.contracts.stablecoin,
        chainId: profile.execution.chainId,
        total,
        perPayment: asked.perPayment ?? 2n * HKD,
        expiry: asked.expiry ?? BigInt(Math.floor(Date.now() / 1000) + 86_400),
        payees: asked.payees ?? [merchant],
        label: asked.label ?? 'Rates research',
        id,
        account: `0x${id.padStart(40, 'c')}`,
        signed: 0n,
        status: 'open',
        grant: { hash: hash(id), json: '{}', signature: '0x' },
      },
      balance: total,
      rung: 'attested',
      spent: 0n,
      funding: 'proven',
      ...change,
    };
    this.list.unshift(view);
    return view;
  }

  /** A payment in any state, booked. */
  pay(view: BudgetView, change: Partial<AgentPayment> = {}): AgentPayment {
    const [entry] = this.entries;
    const payment: AgentPayment = {
      id: hash(`payment ${this.all.length}`),
      budgetId: view.budget.id,
      url: entry!.url,
      title: entry!.title,
      payTo: merchant,
      amount: entry!.amount,
      startedAt: Date.now(),
      status: 'asking',
      ...change,
    };
    this.all.unshift(payment);
    this.move(payment, payment.status);
    return payment;
  }

  move(payment: AgentPayment, status: AgentPayment['status']): void {
    const view = this.list.find(({ budget }) => budget.id === payment.budgetId)!;
    payment.status = status;
    if (status === 'presented') view.budget.signed += payment.amount;
    if (status === 'proving') payment.paymentId = hash(`hsp ${payment.id}`);
    if (status === 'paid') {
      payment.transaction = hash(`transaction ${payment.id}`);
      payment.rung = 'attested';
      payment.evidenceId = '120';
      view.spent += payment.amount;
      view.balance -= payment.amount;
      if (view.budget.signed < view.spent) view.budget.signed = view.spent;
    }
    this.tell();
  }

  async stop(budgetId: string): Promise<void> {
    this.stops++;
    const view = this.list.find(({ budget }) => budget.id === budgetId)!;
    view.budget.status = 'stopped';
    await this.#pause('stop');
    if (this.stopFails) throw new HskError('TRANSPORT_UNREACHABLE', 'No endpoint answers');
    this.cash += view.balance;
    view.balance = 0n;
  }

  async payments(budgetId?: string): Promise<AgentPayment[]> {
    return structuredClone(this.all.filter((payment) => !budgetId || payment.budgetId === budgetId));
  }

  async fetch(budgetId: string, url: string, options: { title?: string } = {}): Promise<Response> {
    this.fetched.push(url);
    const view = this.list.find(({ budget }) => budget.id === budgetId)!;
    const entry = this.entries.find((candidate) => candidate.url === url);
    const amount = entry?.amount ?? 100_000n;
    const payment = this.pay(view, { url, title: options.title ?? url, amount });
    if (this.fetchFails) {
      const { code, shortMessage } = this.fetchFails;
      payment.error = { code, shortMessage };
      this.move(payment, 'refused');
      throw this.fetchFails;
    }
    this.move(payment, 'presented');
    await this.#pause('fetch');
    this.move(payment, 'paid');
    return new Response(JSON.stringify(HIBOR));
  }

  async resume(): Promise<void> {
    this.resumed++;
  }

  async mandate(budgetId: string): Promise<Proven<MandateState>> {
    const none = { state: 'none', limit: 0n, spent: 0n, notAfter: 0n, provenUntil: 0n } as const;
    return proven(this.mandates.get(budgetId) ?? none);
  }

  async vouch(
    budgetId: string,
    _prove: unknown,
    progress?: (step: VouchStep, fraction: number) => void,
  ): Promise<void> {
    progress?.('proving', 0.4);
    await this.#pause('vouch');
    if (this.vouchFails) throw this.vouchFails;
    progress?.('granting', 1);
    const { total, expiry } = this.list.find(({ budget }) => budget.id === budgetId)!.budget;
    this.mandates.set(budgetId, {
      state: 'standing',
      limit: total,
      spent: 0n,
      notAfter: expiry,
      provenUntil: expiry + 1n,
    });
  }

  async #pause(kind: 'open' | 'fetch' | 'stop' | 'vouch'): Promise<void> {
    if (this.hold === kind) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
