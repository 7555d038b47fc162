/** The elements as classes; nothing is registered. `hsk-embed/define` registers them all. */
export { HskAgent } from './hsk-agent/hsk-agent.ts';
export { HskPurchase } from './hsk-purchase/hsk-purchase.ts';
export { HskTrust } from './hsk-trust/hsk-trust.ts';
export { HskWallet } from './hsk-wallet/hsk-wallet.ts';
export { openSession, type Session, type SessionOptions } from './shared/session.ts';
export {
  AgentBudgetConfirmEvent,
  AgentPaidEvent,
  AgentStoppedEvent,
  AccountChangedEvent,
  ElementErrorEvent,
  OpenEvidenceEvent,
  PurchaseConfirmEvent,
  PurchaseSettledEvent,
  SendConfirmEvent,
  SentEvent,
  SessionReadyEvent,
} from './shared/events.ts';
