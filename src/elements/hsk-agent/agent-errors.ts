import type { ErrorCatalogue } from '../shared/error-box.ts';
import type { AgentWords } from './hsk-agent.messages.ts';

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
    BUDGET_UNKNOWN: { message: t.budgetNone, next: t.budgetNoneNext },
    BUDGET_: { message: t.budgetRefused, next: t.nothingSigned },
    X402_UNREACHABLE: unreachable,
    X402_: terms,
    MERCHANT_UNREACHABLE: unreachable,
    MERCHANT_: { message: t.resourceFailed, next: t.resourceFailedNext },
    RESOURCE_: { message: t.resourceFailed, next: t.resourceFailedNext },
    CATALOGUE_: { message: t.catalogueFailed, next: t.catalogueFailedNext },
    MANDATE_: { message: t.mandateRefused, next: t.mandateRefusedNext },
    GRANT_: { message: t.mandateRefused, next: t.mandateRefusedNext },
    RECEIPT_: { message: t.receiptRefused, next: t.receiptRefusedNext },
    TRANSFER_: { message: t.transferMissing, next: t.transferMissingNext },
    PAYMENT_UNKNOWN: { message: t.paymentUnknown, next: t.paymentUnknownNext },
    PAYMENT_EXPIRED: { message: t.paymentLapsed, next: t.paymentLapsedNext },
    PAYMENT_: { message: t.paymentFailed, next: t.paymentFailedNext },
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
