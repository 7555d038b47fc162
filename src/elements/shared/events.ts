import type { Address, Hex } from 'viem';
import type { AgentPayment, NewBudget } from '../../agent/agent-api.ts';
import type { SerializedError } from '../../protocol/errors.ts';
import type { Session } from './session.ts';

/** What a press on a rung asks to see. */
export interface EvidenceSubject {
  session: Session;
  /** Names the answer inside the light client. */
  evidenceId: string;
  /** What the number is, in the reader's words: "HKD balance". */
  label: string;
}

/** A rung was pressed. Cancel it to show the evidence yourself; otherwise a dialog opens. */
export class OpenEvidenceEvent extends Event {
  static readonly type = 'hsk-open-evidence';
  constructor(readonly subject: EvidenceSubject) {
    super(OpenEvidenceEvent.type, { bubbles: true, composed: true, cancelable: true });
  }
}

/** The session with the chains is open: the profile is read and the light client follows. */
export class SessionReadyEvent extends Event {
  static readonly type = 'hsk-session-ready';
  constructor(readonly session: Session) {
    super(SessionReadyEvent.type, { bubbles: true, composed: true });
  }
}

/** Something failed and is shown in the element; for the host's own log. */
export class ElementErrorEvent extends Event {
  static readonly type = 'hsk-error';
  constructor(readonly error: SerializedError) {
    super(ElementErrorEvent.type, { bubbles: true, composed: true });
  }
}

/** The buyer is about to sign. Cancel it to hold the purchase back. */
export class PurchaseConfirmEvent extends Event {
  static readonly type = 'hsk-purchase-confirm';
  constructor(
    readonly token: Address,
    /** Base units of the asset. */
    readonly quantity: bigint,
    /** Base units of the payment. */
    readonly cost: bigint,
  ) {
    super(PurchaseConfirmEvent.type, { bubbles: true, composed: true, cancelable: true });
  }
}

/** Settled and proven by the light client. */
export class PurchaseSettledEvent extends Event {
  static readonly type = 'hsk-purchase-settled';
  constructor(
    readonly token: Address,
    readonly quantity: bigint,
    readonly cost: bigint,
    readonly transactionHash: Hex,
  ) {
    super(PurchaseSettledEvent.type, { bubbles: true, composed: true });
  }
}

/** The owner is about to set money aside for the agent. Cancel it to hold the budget back. */
export class AgentBudgetConfirmEvent extends Event {
  static readonly type = 'hsk-agent-budget-confirm';
  constructor(readonly budget: NewBudget) {
    super(AgentBudgetConfirmEvent.type, { bubbles: true, composed: true, cancelable: true });
  }
}

/** The agent paid for a resource, and the transfer is proven. */
export class AgentPaidEvent extends Event {
  static readonly type = 'hsk-agent-paid';
  constructor(readonly payment: AgentPayment) {
    super(AgentPaidEvent.type, { bubbles: true, composed: true });
  }
}

/** The owner stopped the agent, and what was left is back. */
export class AgentStoppedEvent extends Event {
  static readonly type = 'hsk-agent-stopped';
  constructor(
    readonly budgetId: string,
    /** Base units. */
    readonly returned: bigint,
  ) {
    super(AgentStoppedEvent.type, { bubbles: true, composed: true });
  }
}

/** The wallet was created, unlocked, locked or erased. */
export class AccountChangedEvent extends Event {
  static readonly type = 'hsk-account-changed';
  constructor(
    /** `undefined` while the wallet is locked or there is none. */
    readonly account: Address | undefined,
  ) {
    super(AccountChangedEvent.type, { bubbles: true, composed: true });
  }
}

/** What is about to be sent, or was. */
export interface Transfer {
  /** `undefined` for the chain's own currency. */
  token: Address | undefined;
  to: Address;
  /** Base units. */
  amount: bigint;
}

/** The owner pressed Send on the review. Cancel it to hold the transfer back. */
export class SendConfirmEvent extends Event {
  static readonly type = 'hsk-send-confirm';
  constructor(readonly transfer: Transfer) {
    super(SendConfirmEvent.type, { bubbles: true, composed: true, cancelable: true });
  }
}

/** Sent, and proven by the light client. */
export class SentEvent extends Event {
  static readonly type = 'hsk-sent';
  constructor(
    readonly transfer: Transfer,
    readonly transactionHash: Hex,
  ) {
    super(SentEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'hsk-open-evidence': OpenEvidenceEvent;
    'hsk-session-ready': SessionReadyEvent;
    'hsk-error': ElementErrorEvent;
    'hsk-purchase-confirm': PurchaseConfirmEvent;
    'hsk-purchase-settled': PurchaseSettledEvent;
    'hsk-agent-budget-confirm': AgentBudgetConfirmEvent;
    'hsk-agent-paid': AgentPaidEvent;
    'hsk-agent-stopped': AgentStoppedEvent;
    'hsk-account-changed': AccountChangedEvent;
    'hsk-send-confirm': SendConfirmEvent;
    'hsk-sent': SentEvent;
  }
}
