import type { ErrorCatalogue } from '../shared/error-box.ts';
import type { AgentWords } from './budget.messages.ts';

/** What the errors of an agent's payments mean to the owner. */
export function agentErrors(t: AgentWords): ErrorCatalogue {
  const terms = { message: t.termsRefused, next: t.termsRefusedNext };
  const unreachable = { message: t.merchantUnreachable, next: t.merchantUnreachableNext };
  return {
    BUDGET_NONE: { message: t.budgetNone, next: t.budgetNoneNext },
    BUDGET_STOPPED: { message: t.budgetStopped, next: t.budgetStoppedNext },
    BUDGET_EXPIRED: { message: t.budgetExpired, next: t.budgetExpiredNext },
    BUDGET_EXCEEDED: { message: t.budgetExceeded, next: t.budgetExceededNext },
    BUDGET_PAYMENT_TOO_LARGE: { message: t.budgetTooLarge, next: t.budgetTooLargeNext },
    BUDGET_PAYEE: { message: t.budgetPayee, next: t.budgetPayeeNext },
    BUDGET_LIMITS_INVALID: { message: t.budgetLimits, next: t.budgetLimitsNext },
    BUDGET_EMPTY: { message: t.budgetEmpty, next: t.budgetExceededNext },
    BUDGET_UNFUNDED: { message: t.fundingRefused, next: t.fundingRefusedNext },
    BUDGET_SWEEP: { message: t.sweepFailed, next: t.sweepFailedNext },
    BUDGET_UNKNOWN: { message: t.budgetNone, next: t.budgetNoneNext },
    BUDGET_: { message: t.budgetRefused, next: t.nothingSigned },
    TERMS_PAYEE: { message: t.budgetPayee, next: t.budgetPayeeNext },
    TERMS_AMOUNT: { message: t.priceRaised, next: t.priceRaisedNext },
    TERMS_: { message: t.termsRefused, next: t.nothingSigned },
    X402_UNREACHABLE: unreachable,
    X402_: terms,
    MERCHANT_UNREACHABLE: unreachable,
    MERCHANT_: { message: t.resourceFailed, next: t.resourceFailedNext },
    RESOURCE_UNAVAILABLE: { message: t.resourceMissing, next: t.nothingSigned },
    RESOURCE_: { message: t.resourceFailed, next: t.resourceFailedNext },
    PAYEES_INVALID: { message: t.payeesInvalid, next: t.payeesInvalidNext },
    CATALOGUE_: { message: t.catalogueFailed, next: t.catalogueFailedNext },
    MANDATE_: { message: t.mandateRefused, next: t.mandateRefusedNext },
    GRANT_: { message: t.mandateRefused, next: t.mandateRefusedNext },
    RECEIPT_: { message: t.receiptRefused, next: t.receiptRefusedNext },
    TRANSFER_: { message: t.transferMissing, next: t.transferMissingNext },
    PAYMENT_UNPROVEN: { message: t.transferMissing, next: t.transferMissingNext },
    PAYMENT_WITHOUT_RESOURCE: { message: t.paidForNothing, next: t.paidForNothingNext },
    PAYMENT_LAPSED: { message: t.paymentLapsed, next: t.paymentLapsedNext },
    PAYMENT_UNKNOWN: { message: t.paymentUnknown, next: t.paymentUnknownNext },
    PAYMENT_EXPIRED: { message: t.paymentLapsed, next: t.paymentLapsedNext },
    PAYMENT_: { message: t.paymentFailed, next: t.paymentFailedNext },
    SEAL_: { message: t.walletFailed, next: t.walletFailedNext },
    AGENT_STORAGE: { message: t.storageFailed, next: t.storageFailedNext },
    AGENT_CLOSED: { message: t.paymentUnknown, next: t.paymentUnknownNext },
    HSP_: { message: t.coordinatorFailed, next: t.coordinatorFailedNext },
    FACILITATOR_: { message: t.coordinatorFailed, next: t.coordinatorFailedNext },
    VAULT_LOCKED: { message: t.walletLocked, next: t.walletLockedNext },
    VAULT_: { message: t.walletFailed, next: t.walletFailedNext },
    LEDGER_TAMPERED: { message: t.ledgerTampered, next: t.ledgerTamperedNext },
    FAUCET_: { message: t.faucetFailed, next: t.faucetFailedNext },
    GAS_MISSING: { message: t.gasMissing, next: t.gasMissingNext },
    CALL_REVERTS: { message: t.fundingRefused, next: t.fundingRefusedNext },
    TRANSACTION_: { message: t.fundingRefused, next: t.fundingRefusedNext },
  };
}

/** The same while the catalogue is read: what cannot be parsed is the catalogue. */
export function catalogueErrors(t: AgentWords): ErrorCatalogue {
  return { ...agentErrors(t), PARSE_: { message: t.catalogueFailed, next: t.catalogueFailedNext } };
}
