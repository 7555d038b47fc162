import type { Hex } from 'viem';
import type { DocumentKind, DocumentType, RefusalReason } from '../../../protocol/application-status.ts';
import { HskError } from '../../../protocol/errors.ts';
import type { CaseOutcome } from '../../../protocol/issuer-desk.ts';

/** An uploaded document; the bytes lie in a sealed file of their own. */
export interface StoredDocument {
  kind: DocumentKind;
  type: DocumentType;
  bytes: number;
  /** Of the bytes as uploaded, hex. */
  sha256: string;
  file: string;
  at: number;
}

/** What was decided to attest, so that issuing it again after a crash attests the same. */
export interface Decision {
  tier: number;
  /** YYYYMMDD, the last day. */
  expiry: number;
}

/** The leaf that a case stands for. */
export interface Issue extends Decision {
  index: number;
  generation: number;
}

/** Times are seconds since 1970. */
export type CaseState =
  | { state: 'new' }
  | { state: 'documents'; since: number; needs: DocumentKind[]; documents: StoredDocument[] }
  | {
      state: 'review';
      since: number;
      cause: 'application';
      documents: StoredDocument[];
    }
  /** Screening found somebody who holds a credential: its leaf is out of the tree until a person clears it. */
  | { state: 'review'; since: number; cause: 'screening'; documents: StoredDocument[]; held: Issue }
  | { state: 'issuing'; since: number; decision: Decision }
  | { state: 'issued'; since: number; issue: Issue }
  /** The lists are too old to stand by the screening: the leaf is out of the tree until there is a newer one. */
  | { state: 'lapsed'; since: number; held: Issue }
  | {
      state: 'ended';
      since: number;
      outcome: CaseOutcome;
      reason?: RefusalReason | undefined;
      note?: string | undefined;
      /** The leaf that it stood for, which has to be out of the tree. */
      held?: Issue | undefined;
    };

export type CaseEvent =
  | { type: 'applied'; at: number; needs: DocumentKind[] }
  | { type: 'uploaded'; at: number; document: StoredDocument }
  | { type: 'asked'; at: number; kinds: DocumentKind[] }
  /** By rule, by a person or by a provider. */
  | { type: 'approved'; at: number; decision: Decision }
  | { type: 'refused'; at: number; reason: RefusalReason; note?: string | undefined }
  | { type: 'issued'; at: number; index: number; generation: number }
  | { type: 'matched'; at: number }
  | { type: 'lapsed'; at: number }
  | { type: 'ended'; at: number; outcome: 'revoked' | 'expired' | 'replaced' | 'abandoned' }
  | { type: 'withdrawn'; at: number };

/** An application from its form to its end. */
export interface Case {
  id: string;
  /** SHA-256 of the ticket, hex: the ticket itself is its holder's. */
  ticket: string;
  commitment: string;
  /** Keyed hash; see `RecognisePerson`. */
  person: string;
  openedAt: number;
  now: CaseState;
  /** Findings of screening that a person looked at: they are about somebody else. */
  cleared: readonly string[];
  /** Of the holder's own sealed backup. */
  locator?: Hex | undefined;
}

/**
 * What becomes of a case, whoever asks for it.
 *
 * @throws `ISSUER_CASE_STATE`, `ISSUER_NOT_AWAITING_DOCUMENTS`, `ISSUER_ALREADY_ISSUED` when it cannot happen now
 */
export function nextState(now: CaseState, event: CaseEvent): CaseState {
  const { at: since } = event;
  switch (event.type) {
    case 'applied':
      if (now.state !== 'new') break;
      return event.needs.length > 0
        ? { state: 'documents', since, needs: event.needs, documents: [] }
        : { state: 'review', since, cause: 'application', documents: [] };
    case 'uploaded': {
      const { kind } = event.document;
      if (now.state !== 'documents' || !awaits(now, kind))
        throw new HskError('ISSUER_NOT_AWAITING_DOCUMENTS', 'This document is not asked for now', {
          details: `${kind}, ${now.state}`,
          action: 'Ask how the application stands.',
        });
      const documents = [...now.documents.filter((one) => one.kind !== kind), event.document];
      const needs = now.needs.filter((one) => one !== kind);
      return needs.length > 0
        ? { ...now, needs, documents }
        : { state: 'review', since, cause: 'application', documents };
    }
    case 'asked':
      // Who holds a credential is screened again by what is known, not asked for more.
      if (now.state !== 'review' || now.cause !== 'application') break;
      return {
        state: 'documents',
        since,
        needs: event.kinds,
        documents: now.documents.filter(({ kind }) => !event.kinds.includes(kind)),
      };
    case 'approved':
      if (
        now.state !== 'new' &&
        now.state !== 'documents' &&
        now.state !== 'review' &&
        now.state !== 'lapsed'
      )
        break;
      return { state: 'issuing', since, decision: event.decision };
    case 'issued':
      if (now.state !== 'issuing') break;
      return {
        state: 'issued',
        since,
        issue: { ...now.decision, index: event.index, generation: event.generation },
      };
    case 'refused':
      if (now.state !== 'documents' && now.state !== 'review') break;
      return {
        state: 'ended',
        since,
        outcome: 'refused',
        reason: event.reason,
        note: event.note,
        held: heldBy(now),
      };
    case 'matched':
      if (now.state === 'issued')
        return { state: 'review', since, cause: 'screening', documents: [], held: now.issue };
      if (now.state === 'lapsed')
        return { state: 'review', since, cause: 'screening', documents: [], held: now.held };
      break;
    case 'lapsed':
      if (now.state !== 'issued') break;
      return { state: 'lapsed', since, held: now.issue };
    case 'ended':
      if (now.state === 'ended' || (event.outcome === 'revoked' && !holdsCredential(now))) break;
      // What takes its place may stand at the same leaf.
      return {
        state: 'ended',
        since,
        outcome: event.outcome,
        held: event.outcome === 'replaced' ? undefined : heldBy(now),
      };
    case 'withdrawn':
      if (now.state === 'issuing' || holdsCredential(now))
        throw new HskError(
          'ISSUER_ALREADY_ISSUED',
          'The credential is issued, and an application no longer',
          {
            action: 'Ask the issuer to revoke it.',
          },
        );
      if (now.state === 'new') break;
      // Nothing is left to delete, and how it ended must not be undone by whom it concerns.
      return now.state === 'ended' ? now : { state: 'ended', since, outcome: 'withdrawn' };
  }
  throw new HskError('ISSUER_CASE_STATE', 'This cannot be done with the case as it stands', {
    details: `${event.type}, ${now.state}`,
    action: 'Open the case again: it may have been decided meanwhile.',
  });
}

function awaits(
  { needs, documents }: Extract<CaseState, { state: 'documents' }>,
  kind: DocumentKind,
): boolean {
  return needs.includes(kind) || documents.some((one) => one.kind === kind);
}

/** Whether it was issued, in the tree or held back. */
export function holdsCredential(now: CaseState): boolean {
  return (
    now.state === 'issued' || now.state === 'lapsed' || (now.state === 'review' && now.cause === 'screening')
  );
}

/** The leaf that a case stands for, in the tree or held back. */
export function heldBy(now: CaseState): Issue | undefined {
  if (now.state === 'issued') return now.issue;
  return 'held' in now ? now.held : undefined;
}

/** Waits for its applicant or for a decision that gives a first credential. */
export function isOpenApplication(now: CaseState): boolean {
  return now.state === 'documents' || (now.state === 'review' && now.cause === 'application');
}

export function documentsOf(now: CaseState): readonly StoredDocument[] {
  return now.state === 'documents' || now.state === 'review' ? now.documents : [];
}
