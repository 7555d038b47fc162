import type { ErrorCatalogue } from '../shared/error-box.ts';
import type { PurchaseWords } from './hsk-purchase.messages.ts';

/** What the errors of a purchase mean to the buyer. */
export function purchaseErrors(t: PurchaseWords): ErrorCatalogue {
  const issuer = { message: t.issuerFailed, next: t.issuerFailedNext };
  const prover = { message: t.proverFailed, next: t.proverFailedNext };
  return {
    QUOTE_PRICE: { message: t.quotePrice, next: t.quotePriceNext },
    QUOTE_EXPIRED: { message: t.quoteLapsed, next: t.deskUnreachableNext },
    QUOTE_: { message: t.quoteRefused, next: t.quoteRefusedNext },
    DESK_UNREACHABLE: { message: t.deskUnreachable, next: t.deskUnreachableNext },
    DESK_: { message: t.deskRefused, next: t.deskRefusedNext },
    TERMS_MISMATCH: { message: t.termsMismatch, next: t.termsMismatchNext },
    PRODUCT_: { message: t.productUnknown },
    ISSUER_UNREACHABLE: issuer,
    PROVER_: prover,
    ARTEFACT_: prover,
    ADMISSION_REFUSED: { message: t.admissionRefused, next: t.admissionRefusedNext },
    FAUCET_: { message: t.faucetFailed, next: t.faucetFailedNext },
    SETTLEMENT_REFUSED: { message: t.settleRefused, next: t.failedNext },
  };
}
