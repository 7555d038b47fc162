import type { ErrorCatalogue } from '../shared/error-box.ts';
import { applicationWords } from './application.messages.ts';
import type { PurchaseWords } from './hsk-purchase.messages.ts';
import { purchaseErrors } from './purchase-errors.ts';

/** What the errors of an application mean to the applicant. */
export function applicationErrors(t: PurchaseWords, language: string): ErrorCatalogue {
  const w = applicationWords(language);
  const tooLarge = { message: w.documentTooLarge, next: w.documentTooLargeNext };
  const type = { message: w.documentType, next: w.documentTypeNext };
  return {
    ...purchaseErrors(t),
    DOCUMENT_TOO_LARGE: tooLarge,
    ISSUER_DOCUMENT_TOO_LARGE: tooLarge,
    DOCUMENT_TYPE: type,
    ISSUER_DOCUMENT_TYPE: type,
    DOCUMENT_EMPTY: { message: w.documentEmpty, next: w.documentEmptyNext },
    ISSUER_NO_SUCH_APPLICATION: { message: w.applicationGone, next: w.applicationGoneNext },
    ISSUER_NOT_AWAITING_DOCUMENTS: { message: w.notAwaiting, next: w.notAwaitingNext },
    ISSUER_ANSWER: { message: w.issuerAnswer, next: w.issuerAnswerNext },
  };
}
