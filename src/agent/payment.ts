import type { Address, Hex } from 'viem';
import type { SerializedError } from '../protocol/errors.ts';
import type { SignedMandate } from '../protocol/hsp-json.ts';
import type { Rung } from '../protocol/trust.ts';
import type { PaymentRequirements } from '../protocol/x402.ts';
import type { BudgetPayment } from '../wallet/vault-api.ts';
import type { AgentPayment } from './agent-api.ts';

/** What is going to be signed, kept before the vault is asked to. */
export interface PaymentPlan {
  terms: PaymentRequirements;
  /** The budget's account, which pays. */
  account: Address;
  authorization: BudgetPayment;
  /** Path from the payee to the payees of the agent's mandate, where there are several. */
  payeeProof?: Hex[];
  /** Proven execution block at that time: what settles the payment lies above it. */
  since: bigint;
}

/** What was signed, complete: from here on only these bytes are ever presented. */
export interface SealedPayment {
  /** EIP-3009, 65 bytes. */
  signature: Hex;
  mandate: SignedMandate;
  paymentId: Hex;
}

/** The transfer, as the light client proved it. */
export interface TransferProof {
  transaction: Hex;
  rung: Rung;
  evidenceId: string;
}

interface Common {
  /** The EIP-3009 nonce. */
  id: Hex;
  budgetId: string;
  url: string;
  title: string;
  payTo: Address;
  amount: bigint;
  /** Milliseconds since 1970. */
  startedAt: number;
}

interface Signed extends Common {
  plan: PaymentPlan;
  sealed: SealedPayment;
}

/** One payment, from the request to a proven transfer or a proven refusal. */
export type PaymentState =
  | (Common & { status: 'asking' })
  /** The terms are accepted; nothing has left this browser. */
  | (Common & { status: 'signing'; plan: PaymentPlan; error?: SerializedError })
  /** The authorisation may have been presented: whether it settles is unknown. */
  | (Signed & { status: 'presented'; error?: SerializedError })
  | (Signed & { status: 'proving'; transaction: Hex })
  | (Signed & { status: 'paid'; proof: TransferProof; delivered: boolean })
  | (Common & { status: 'refused'; error: SerializedError })
  /** The resource was withheld. Without `proof` the authorisation may still settle. */
  | (Signed & { status: 'failed'; error: SerializedError; proof?: TransferProof });

export type PaymentEvent =
  | { type: 'accepted'; plan: PaymentPlan }
  /** Before anything was signed. */
  | { type: 'rejected'; error: SerializedError }
  | { type: 'signed'; sealed: SealedPayment }
  /** The merchant's answer carries a valid receipt; the transfer is not proven yet. */
  | { type: 'receipted'; transaction: Hex }
  | { type: 'proven'; proof: TransferProof }
  | { type: 'delivered' }
  /** The outcome is unknown; the same bytes are presented again. */
  | { type: 'problem'; error: SerializedError }
  /** The merchant's answer cannot be believed. */
  | { type: 'withheld'; error: SerializedError }
  /** Proven: its time is over and the nonce was not used. */
  | { type: 'lapsed'; error: SerializedError }
  /** Proven to have been paid, while the resource cannot be had. */
  | { type: 'lost'; proof: TransferProof; error: SerializedError };

/** States in which the authorisation may settle, or may have. */
export type OpenPayment = Extract<PaymentState, { status: 'signing' | 'presented' | 'proving' | 'failed' }>;

/** Whether the chain has still to decide about the money. */
export function isOpen(state: PaymentState): state is OpenPayment {
  if (state.status === 'failed') return state.proof === undefined;
  return state.status === 'signing' || state.status === 'presented' || state.status === 'proving';
}

/** One function from (state, event) to state. An event that does not belong to the state leaves it as it is. */
export function advance(state: PaymentState, event: PaymentEvent): PaymentState {
  switch (state.status) {
    case 'asking':
      if (event.type === 'rejected') return { ...state, status: 'refused', error: event.error };
      if (event.type !== 'accepted') return state;
      return {
        ...state,
        status: 'signing',
        plan: event.plan,
        payTo: event.plan.authorization.to,
        amount: event.plan.authorization.value,
      };
    case 'signing':
      if (event.type === 'signed') return { ...state, status: 'presented', sealed: event.sealed };
      if (event.type === 'rejected' || event.type === 'lapsed') return refused(state, event.error);
      return event.type === 'problem' ? { ...state, error: event.error } : state;
    case 'presented':
    case 'proving':
    case 'failed':
      if (state.status === 'failed' && state.proof)
        return event.type === 'proven' ? { ...state, proof: event.proof } : state;
      return undecided(state, event);
    case 'paid':
      if (event.type === 'proven') return { ...state, proof: event.proof };
      return event.type === 'delivered' ? { ...state, delivered: true } : state;
    case 'refused':
      return state;
  }
}

function undecided(
  state: Extract<PaymentState, { status: 'presented' | 'proving' | 'failed' }>,
  event: PaymentEvent,
): PaymentState {
  const signed: Signed = { ...common(state), plan: state.plan, sealed: state.sealed };
  switch (event.type) {
    case 'receipted':
      return { ...signed, status: 'proving', transaction: event.transaction };
    case 'proven':
      return { ...signed, status: 'paid', proof: event.proof, delivered: false };
    case 'problem':
      // A lie that was noticed stays in view until there is something better to say.
      return state.status === 'failed' ? state : { ...signed, status: 'presented', error: event.error };
    case 'withheld':
      return { ...signed, status: 'failed', error: event.error };
    case 'lapsed':
      return refused(state, event.error);
    case 'lost':
      return { ...signed, status: 'failed', error: event.error, proof: event.proof };
    default:
      return state;
  }
}

function refused(state: PaymentState, error: SerializedError): PaymentState {
  return { ...common(state), status: 'refused', error };
}

function common({ id, budgetId, url, title, payTo, amount, startedAt }: PaymentState): Common {
  return { id, budgetId, url, title, payTo, amount, startedAt };
}

/** As the journal is shown. */
export function describePayment(state: PaymentState): AgentPayment {
  const proof = state.status === 'paid' || state.status === 'failed' ? state.proof : undefined;
  return {
    ...common(state),
    status: state.status,
    ...('sealed' in state && { paymentId: state.sealed.paymentId }),
    ...(state.status === 'proving' && { transaction: state.transaction }),
    ...proof,
    ...('error' in state && state.error && { error: state.error }),
  };
}
