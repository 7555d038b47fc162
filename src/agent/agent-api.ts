import type { Address, Hex } from 'viem';
import type { SerializedError } from '../protocol/errors.ts';
import type { ProvingProgress, ZkidProof } from '../identity/prover-api.ts';
import type { AgentMandate } from '../protocol/agent-mandate.ts';
import type { Proven, Rung } from '../protocol/trust.ts';
import type { Budget } from '../wallet/vault-api.ts';

/** What a merchant offers, as its catalogue says; prices are hints until the 402 is read. */
export interface CatalogueEntry {
  url: string;
  title: string;
  description: string;
  /** Base units of the stablecoin. */
  amount: bigint;
  payTo: Address;
}

/** How far one payment has come; a union in the order of events. */
export type PaymentStatus =
  | 'asking' // the resource was requested
  | 'signing' // 402 read, terms accepted, the vault signs
  | 'presented' // signed and kept; the outcome is unknown until the merchant answers
  | 'proving' // receipt verified; the light client looks for the transfer
  | 'paid' // transfer proven; only now the resource is used
  | 'refused' // nothing was paid, or what was signed can no longer settle
  | 'failed'; // paid or unknown, and the resource could not be used

/** One payment as it is kept in the journal and shown in the list. */
export interface AgentPayment {
  /** The EIP-3009 nonce; also the journal's key. */
  id: Hex;
  budgetId: string;
  /** The resource. */
  url: string;
  title: string;
  payTo: Address;
  /** Base units. */
  amount: bigint;
  /** Milliseconds since 1970. */
  startedAt: number;
  status: PaymentStatus;
  /** HSP payment id, once signed. */
  paymentId?: Hex;
  transaction?: Hex;
  rung?: Rung;
  /** Opens the evidence of the transfer. */
  evidenceId?: string;
  error?: SerializedError;
}

/** A budget with what the chain says is left in it. */
export interface BudgetView {
  budget: Budget;
  /** Proven base units in the budget's account. */
  balance: bigint;
  rung: Rung;
  /** Base units paid and proven. */
  spent: bigint;
  /** Whether its money came: `pending` while the transfer may still settle, `none` when it never will. */
  funding: 'none' | 'pending' | 'proven';
}

/** What an owner sets. Amounts in base units. */
export interface NewBudget {
  total: bigint;
  perPayment: bigint;
  /** Seconds since 1970. */
  expiry: bigint;
  payees: Address[];
  label: string;
}

/** What the chain says of an agent's mandate; amounts in base units, times in seconds since 1970. */
export interface MandateState {
  /** `unproven`: to be proven again before it counts; `over`: ended or expired, for good. */
  state: 'none' | 'standing' | 'unproven' | 'over';
  limit: bigint;
  /** Counted by the service through which the agent pays. */
  spent: bigint;
  notAfter: bigint;
  provenUntil: bigint;
}

/** Proves with the owner's credential that a mandate is theirs; see `Holder.proveMandate`. */
export type ProveMandate = (
  mandate: AgentMandate,
  progress: (progress: ProvingProgress) => void,
) => Promise<ZkidProof>;

export type VouchStep = 'proving' | 'granting';

export type OpenStep = 'signing' | 'funding' | 'open';

/** The agent's payer, as elements and agents in the page use it. Fires `change` events. */
export interface AgentApi extends EventTarget {
  catalogue(url: string): Promise<CatalogueEntry[]>;
  /** Open and stopped budgets, newest first; reads are proven. @throws `VAULT_LOCKED` */
  budgets(): Promise<BudgetView[]>;
  /** Signs the delegation, then moves `total` to the budget's own account. */
  open(budget: NewBudget, progress?: (step: OpenStep) => void): Promise<BudgetView>;
  /** No further signature from now on, in all tabs; what is left returns to the owner. Resolves when it is back. */
  stop(budgetId: string): Promise<void>;
  /** Newest first. */
  payments(budgetId?: string): Promise<AgentPayment[]>;
  /**
   * Fetches a resource and pays for it when asked to. Resolves only when the payment is proven.
   * An unknown outcome is presented again with the same authorisation, never with a new one.
   */
  fetch(budgetId: string, url: string, options?: { title?: string; signal?: AbortSignal }): Promise<Response>;
  /** Takes up payments whose outcome is unknown. */
  resume(): Promise<void>;
  /** What is proven of the mandate of a budget's agent; absent where the network has no mandates. */
  mandate?(budgetId: string): Promise<Proven<MandateState>>;
  /** Has the budget's agent vouched for by its owner's verified identity; `stop` ends that as well. */
  vouch?(
    budgetId: string,
    prove: ProveMandate,
    progress?: (step: VouchStep, fraction: number) => void,
  ): Promise<void>;
}
