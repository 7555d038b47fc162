import type { ErrorCatalogue } from '../elements/shared/error-box.ts';
import type { DeskWords } from './desk.messages.ts';

/** The desk's own words for what may stand in its operator's way. */
export function deskErrors(t: DeskWords): ErrorCatalogue {
  return {
    ISSUER_DESK_REFUSED: { message: t.refusedLink, next: t.refusedLinkNext },
    ISSUER_FINDING_OPEN: { message: t.findingOpen, next: t.findingOpenNext },
    ISSUER_CASE_STATE: { message: t.caseState, next: t.caseStateNext },
    ISSUER_LIST_OLD: { message: t.listOldError, next: t.listOldErrorNext },
    DESK_UNREACHABLE: { message: t.unreachable, next: t.unreachableNext },
  };
}
