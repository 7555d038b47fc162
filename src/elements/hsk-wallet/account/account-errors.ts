import type { ErrorCatalogue } from '../../shared/error-box.ts';
import { walletErrors } from '../wallet-errors.ts';
import type { AccountWords } from './account.messages.ts';

/** What the errors of an open wallet mean to its owner. */
export function accountErrors(t: AccountWords): ErrorCatalogue {
  return {
    ...walletErrors(t),
    JOURNAL_STORAGE: { message: t.storageRefused, next: t.storageRefusedNext },
    GAS_MISSING: { message: t.gasMissing, next: t.gasMissingNext },
    CALL_REVERTS: { message: t.callReverts, next: t.nothingSigned },
    RECIPIENT_NOT_ADMITTED: { message: t.notAdmitted, next: t.notAdmittedNext },
    SENDER_NOT_ADMITTED: { message: t.selfNotAdmitted, next: t.selfNotAdmittedNext },
    FEE_ABSURD: { message: t.feeAbsurd, next: t.nothingSigned },
    TRANSACTION_REFUSED: { message: t.sendRefused, next: t.sendRefusedNext },
    TRANSACTION_REPLACED: { message: t.sendReplaced, next: t.sendReplacedNext },
    TRANSACTION_REVERTED: { message: t.sendReverted, next: t.sendRevertedNext },
    WALLET_CLOSED: { message: t.walletClosed, next: t.walletClosedNext },
    FAUCET_: { message: t.faucetFailed, next: t.faucetFailedNext },
  };
}
