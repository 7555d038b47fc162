import { parseCredential } from './issuance.ts';
import { integer, list, object, oneOf, optional, type Parser, text } from './parse.ts';
import type { Credential } from './zkid.ts';

/** What the desk asks to see. `registration` and `authority` are a business's. */
export const DOCUMENT_KINDS = ['identity', 'address', 'wealth', 'registration', 'authority'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** Media types of an uploaded document, by their first bytes and not by their name. */
export const DOCUMENT_TYPES = ['image/jpeg', 'image/png', 'application/pdf'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/** Bytes of one document. */
export const LARGEST_DOCUMENT = 5 * 1024 * 1024;

/**
 * Why an application was refused, as its applicant is told. `declined` says no more on purpose: who is refused after
 * screening may not be told so.
 */
export const REFUSAL_REASONS = [
  'document-unreadable',
  'document-mismatch',
  'document-expired',
  'information-incomplete',
  'not-verified',
  'declined',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** How an application stands. Times are seconds since 1970. */
export type ApplicationStatus =
  /** Waits for the applicant: `needs` are still to be uploaded, `received` may be replaced. */
  | { state: 'documents'; needs: DocumentKind[]; received: DocumentKind[] }
  /** Waits for a person at the issuer's desk. */
  | { state: 'review'; since: number }
  /** The credential's root is in a block; `root` is decimal. */
  | { state: 'issued'; credential: Credential; root: string }
  /** `note` is the reviewer's own words to the applicant. */
  | { state: 'refused'; reason: RefusalReason; note?: string | undefined; at: number };

/**
 * Answer to `POST /apply`. `ticket`, 32 bytes in hex, is the applicant's bearer secret for everything that follows; it
 * goes in the `authorization` header and nowhere else.
 */
export interface ApplicationReceipt {
  ticket: string;
  status: ApplicationStatus;
}

const kinds = list(oneOf(...DOCUMENT_KINDS));
const byState: { [S in ApplicationStatus['state']]: Parser<Extract<ApplicationStatus, { state: S }>> } = {
  documents: object<Extract<ApplicationStatus, { state: 'documents' }>>({
    state: oneOf('documents'),
    needs: kinds,
    received: kinds,
  }),
  review: object<Extract<ApplicationStatus, { state: 'review' }>>({ state: oneOf('review'), since: integer }),
  issued: object<Extract<ApplicationStatus, { state: 'issued' }>>({
    state: oneOf('issued'),
    credential: parseCredential,
    root: text,
  }),
  refused: object<Extract<ApplicationStatus, { state: 'refused' }>>({
    state: oneOf('refused'),
    reason: oneOf(...REFUSAL_REASONS),
    note: optional(text),
    at: integer,
  }),
};
const parseState = object<Pick<ApplicationStatus, 'state'>>({
  state: oneOf('documents', 'review', 'issued', 'refused'),
});

/** @throws `PARSE_INVALID` */
export const parseApplicationStatus: Parser<ApplicationStatus> = (value, path) =>
  byState[parseState(value, path).state](value, path);

/** @throws `PARSE_INVALID` */
export const parseApplicationReceipt: Parser<ApplicationReceipt> = object<ApplicationReceipt>({
  ticket: text,
  status: parseApplicationStatus,
});
