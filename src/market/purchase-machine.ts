import type { Address, Hex } from 'viem';
import type { ProvingStage } from '../identity/prover-api.ts';
import type { OpenStatus } from '../identity/standing.ts';
import type { DocumentKind, RefusalReason } from '../protocol/application-status.ts';
import type { SerializedError } from '../protocol/errors.ts';
import type { BlockRef, Rung } from '../protocol/trust.ts';
import type { CheckedQuote } from './quote.ts';

/** Everything one fill consists of. Made once, kept until it is settled or provably cannot be. */
export interface Fill {
  quote: CheckedQuote;
  buyer: Address;
  /** Fresh 32 bytes; with the order and the quantity it makes the payment's nonce. */
  fillSalt: Hex;
  /** EIP-3009 `receiveWithAuthorization` of exactly the cost, to the settlement contract. */
  payment: { validAfter: bigint; validBefore: bigint; signature: Hex };
  /** The call of `settle` that all this makes. */
  calldata: Hex;
}

/** What the chain is proven to have done. */
export interface Settlement {
  fill: Fill;
  transactionHash: Hex;
  rung: Rung;
  block: BlockRef;
  evidenceId: string;
  gasUsed: bigint;
}

/** Why a credential does not satisfy the product's policy; the words are the view's. */
export interface EligibilityReason {
  code: string;
  met: boolean;
}

type Waiting = { error?: SerializedError | undefined };

/** `signed`: kept in this browser; `sent`: broadcast; `included`: the chain shows it in a block. */
export type SettleProgress = 'signed' | 'sent' | 'included';

/** One purchase, from a person who has nothing yet to a proven holding. */
export type PurchaseState =
  | { step: 'needs-wallet' }
  /** Reads the proven admission and the credentials at hand. */
  | ({ step: 'checking'; buyer: Address } & Waiting)
  | ({ step: 'needs-credential'; buyer: Address; busy: boolean } & Waiting)
  /** The issuer asks to see documents; `sending` is the one on its way and how far it is, 0 to 1. */
  | ({
      step: 'documents';
      buyer: Address;
      needs: DocumentKind[];
      received: DocumentKind[];
      sending?: { kind: DocumentKind; fraction: number } | undefined;
    } & Waiting)
  /** A person at the issuer decides; seconds since 1970. */
  | ({ step: 'in-review'; buyer: Address; since: number } & Waiting)
  | { step: 'refused'; buyer: Address; reason: RefusalReason; note: string | undefined }
  /** The issuer has taken the credential back, or the registry its admission. */
  | { step: 'removed'; buyer: Address }
  /** The credential would do, had it not run out; YYYYMMDD. */
  | { step: 'expired'; buyer: Address; endedOn: number }
  | { step: 'ineligible'; buyer: Address; reasons: EligibilityReason[] }
  /** Eligible by the credential; proving starts when the buyer says so. */
  | ({ step: 'eligible'; buyer: Address; reasons: EligibilityReason[] } & Waiting)
  | {
      step: 'proving';
      buyer: Address;
      reasons: EligibilityReason[];
      stage: ProvingStage;
      fraction: number;
    }
  | ({ step: 'admitting'; buyer: Address; reasons: EligibilityReason[]; sent: boolean } & Waiting)
  | ({ step: 'quoting'; buyer: Address; quantity: bigint; busy: boolean } & Waiting)
  | ({ step: 'reviewing'; buyer: Address; quote: CheckedQuote; busy: boolean } & Waiting)
  /** Signed from here on: the same authorisation until the chain has decided. */
  | ({ step: 'settling'; buyer: Address; fill: Fill; progress: SettleProgress } & Waiting)
  | { step: 'settled'; buyer: Address; settlement: Settlement }
  /** The chain refused it and that is proven: nothing was paid. */
  | { step: 'failed'; buyer: Address; fill: Fill; error: SerializedError };

export type PurchaseStep = PurchaseState['step'];

export type PurchaseEvent =
  | { type: 'unlocked'; buyer: Address }
  | { type: 'locked' }
  | { type: 'resumed'; fill: Fill }
  | { type: 'admitted' }
  | { type: 'no-credential' }
  | { type: 'applied' }
  | { type: 'application'; status: OpenStatus }
  | { type: 'uploading'; kind: DocumentKind; fraction: number }
  | { type: 'removed' }
  | { type: 'expired'; endedOn: number }
  | { type: 'reapply' }
  /** The admission has ended while the buyer was about to buy. */
  | { type: 'lapsed' }
  | { type: 'assessed'; reasons: EligibilityReason[] }
  | { type: 'prove' }
  | { type: 'progress'; stage: ProvingStage; fraction: number }
  | { type: 'proved' }
  | { type: 'sent' }
  | { type: 'included' }
  | { type: 'ask'; quantity: bigint }
  | { type: 'quoted'; quote: CheckedQuote }
  | { type: 'amend' }
  | { type: 'confirm' }
  | { type: 'signed'; fill: Fill }
  | { type: 'settled'; settlement: Settlement }
  | { type: 'refused'; error: SerializedError }
  /** Something is in the way and is being tried again; goes with `recovered`. */
  | { type: 'problem'; error: SerializedError }
  | { type: 'recovered' }
  /** The attempt is over. */
  | { type: 'failed'; error: SerializedError }
  | { type: 'again' };

export const initialPurchase: PurchaseState = { step: 'needs-wallet' };

/** Steps at which it is open whether the buyer may hold the product: any answer to that may come. */
const QUALIFYING = [
  'checking',
  'needs-credential',
  'documents',
  'in-review',
  'refused',
  'removed',
  'expired',
  'ineligible',
  'eligible',
] as const;
type Qualifying = Extract<PurchaseState, { step: (typeof QUALIFYING)[number] }>;

function qualifies(state: PurchaseState): state is Qualifying {
  return (QUALIFYING as readonly string[]).includes(state.step);
}

/** After this step the buyer's signature is out: locking the wallet or a failed request no longer ends it. */
function signedAway(state: PurchaseState): boolean {
  return state.step === 'settling' || state.step === 'settled' || state.step === 'failed';
}

/** One function from (state, event) to state. An event that does not belong to the state leaves it as it is. */
export function purchase(state: PurchaseState, event: PurchaseEvent): PurchaseState {
  switch (event.type) {
    case 'locked':
      return signedAway(state) ? state : initialPurchase;
    case 'unlocked':
      if (state.step !== 'needs-wallet' && (state.buyer === event.buyer || state.step === 'settling'))
        return state;
      return { step: 'checking', buyer: event.buyer };
    case 'failed':
      return failed(state, event.error);
    case 'problem':
      return waits(state) ? { ...state, error: event.error } : state;
    case 'recovered':
      return waits(state) && state.error ? { ...state, error: undefined } : state;
  }
  if (qualifies(state)) return qualified(state, event);
  switch (state.step) {
    case 'needs-wallet':
      // What was signed goes on before the wallet is open again: it needs no key any more.
      return event.type === 'resumed'
        ? { step: 'settling', buyer: event.fill.buyer, fill: event.fill, progress: 'signed' }
        : state;
    case 'proving':
      // Progress may arrive late; it never runs backwards.
      if (event.type === 'progress')
        return { ...state, stage: event.stage, fraction: Math.max(state.fraction, event.fraction) };
      return event.type === 'proved'
        ? { step: 'admitting', buyer: state.buyer, reasons: state.reasons, sent: false }
        : state;
    case 'admitting':
      if (event.type === 'sent') return { ...state, sent: true };
      return event.type === 'admitted' ? quoting(state.buyer) : state;
    case 'quoting':
      if (event.type === 'reapply') return { step: 'needs-credential', buyer: state.buyer, busy: false };
      if (event.type === 'lapsed' && !state.busy) return { step: 'checking', buyer: state.buyer };
      if (event.type === 'ask')
        return { step: 'quoting', buyer: state.buyer, quantity: event.quantity, busy: true };
      return event.type === 'quoted'
        ? { step: 'reviewing', buyer: state.buyer, quote: event.quote, busy: false }
        : state;
    case 'reviewing':
      if (event.type === 'amend') return quoting(state.buyer, state.quote.quantity);
      if (event.type === 'ask') return { ...state, busy: true, error: undefined };
      if (event.type === 'quoted') return { ...state, quote: event.quote, busy: false, error: undefined };
      if (event.type === 'confirm') return { ...state, busy: true, error: undefined };
      return event.type === 'signed'
        ? { step: 'settling', buyer: state.buyer, fill: event.fill, progress: 'signed' }
        : state;
    case 'settling':
      if (event.type === 'sent')
        return { ...state, progress: state.progress === 'signed' ? 'sent' : state.progress };
      if (event.type === 'included') return { ...state, progress: 'included' };
      if (event.type === 'settled')
        return { step: 'settled', buyer: state.buyer, settlement: event.settlement };
      return event.type === 'refused'
        ? { step: 'failed', buyer: state.buyer, fill: state.fill, error: event.error }
        : state;
    case 'settled':
    case 'failed':
      return event.type === 'again' ? quoting(state.buyer) : state;
  }
}

/** These try by themselves what is in the way. */
function waits(
  state: PurchaseState,
): state is Extract<PurchaseState, { step: 'checking' | 'in-review' | 'admitting' | 'settling' }> {
  return ['checking', 'in-review', 'admitting', 'settling'].includes(state.step);
}

/** What is known of the buyer's standing decides; the rest is what the buyer does about it. */
function qualified(state: Qualifying, event: PurchaseEvent): PurchaseState {
  const { buyer } = state;
  switch (event.type) {
    case 'admitted':
      return state.step === 'checking' ? quoting(buyer) : state;
    case 'no-credential':
      return { step: 'needs-credential', buyer, busy: false };
    case 'assessed':
      return assessed(buyer, event.reasons);
    case 'application':
      return applied(buyer, event.status);
    case 'removed':
      return { step: 'removed', buyer };
    case 'expired':
      return { step: 'expired', buyer, endedOn: event.endedOn };
    case 'reapply':
      // An application under way is withdrawn, not left behind.
      return state.step === 'checking' || state.step === 'documents' || state.step === 'in-review'
        ? state
        : { step: 'needs-credential', buyer, busy: false };
    case 'applied':
      return state.step === 'needs-credential' ? { ...state, busy: true, error: undefined } : state;
    case 'uploading':
      return state.step === 'documents'
        ? { ...state, sending: { kind: event.kind, fraction: event.fraction }, error: undefined }
        : state;
    case 'prove':
      return state.step === 'eligible'
        ? { step: 'proving', buyer, reasons: state.reasons, stage: 'artefacts', fraction: 0 }
        : state;
    default:
      return state;
  }
}

function applied(buyer: Address, status: OpenStatus): PurchaseState {
  switch (status.state) {
    case 'documents':
      return { step: 'documents', buyer, needs: status.needs, received: status.received };
    case 'review':
      return { step: 'in-review', buyer, since: status.since };
    case 'refused':
      return { step: 'refused', buyer, reason: status.reason, note: status.note };
  }
}

function quoting(buyer: Address, quantity = 0n): PurchaseState {
  return { step: 'quoting', buyer, quantity, busy: false };
}

function assessed(buyer: Address, reasons: EligibilityReason[]): PurchaseState {
  return reasons.every((reason) => reason.met)
    ? { step: 'eligible', buyer, reasons }
    : { step: 'ineligible', buyer, reasons };
}

/** An error stays where it arose; what was being tried may be tried again from there. */
function failed(state: PurchaseState, error: SerializedError): PurchaseState {
  switch (state.step) {
    case 'needs-wallet':
    case 'refused':
    case 'removed':
    case 'expired':
    case 'ineligible':
    case 'settled':
    case 'failed':
      return state;
    case 'documents':
      return { ...state, sending: undefined, error };
    case 'proving':
    case 'admitting':
      return { step: 'eligible', buyer: state.buyer, reasons: state.reasons, error };
    case 'needs-credential':
    case 'quoting':
    case 'reviewing':
      return { ...state, busy: false, error };
    case 'checking':
    case 'in-review':
    case 'eligible':
    case 'settling':
      return { ...state, error };
  }
}
