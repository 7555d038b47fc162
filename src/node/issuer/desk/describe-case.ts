import type { Application } from '../../../protocol/issuance.ts';
import type { CaseDetail, CaseSubject, CaseSummary } from '../../../protocol/issuer-desk.ts';
import { type Case, documentsOf, heldBy } from '../case/case.ts';
import { findingsOf, type Kept, openFindings, type Office, subjectOf } from '../office.ts';

/** A line of the queue. */
export function summaryOf(office: Office, one: Case): CaseSummary {
  const { id, now, openedAt } = one;
  const subject = subjectOf(office, one);
  return {
    id,
    state: now.state === 'new' ? 'issuing' : now.state,
    openedAt,
    since: now.state === 'new' ? openedAt : now.since,
    findings: subject && now.state !== 'issued' ? openFindings(office, one, subject).length : 0,
    ...(now.state === 'ended' && { outcome: now.outcome }),
    ...(now.state === 'review' && { cause: now.cause }),
    ...(subject && { name: nameOf(subject), kind: subject.kind }),
    ...(subject && 'professional' in subject && { professional: subject.professional }),
  };
}

/** All that the desk shows of a case. */
export function detailOf(office: Office, one: Case): CaseDetail {
  const { now, cleared } = one;
  const subject = subjectOf(office, one);
  const issue = heldBy(now);
  return {
    summary: summaryOf(office, one),
    findings: subject ? findingsOf(office, one, subject) : [],
    cleared: [...cleared],
    documents: documentsOf(now).map(({ kind, type, bytes, sha256, at }) => ({
      kind,
      type,
      bytes,
      sha256,
      at,
    })),
    needs: now.state === 'documents' ? now.needs : [],
    history: office.audit.about(one.id),
    ...(subject && { subject: shown(subject) }),
    ...(issue && { credential: issue }),
    ...(now.state === 'ended' && now.reason && { refusal: { reason: now.reason, note: now.note } }),
  };
}

export function nameOf({ kind, company, givenName, familyName }: Application | Kept): string {
  const person = `${givenName} ${familyName}`;
  return kind === 'business' && company !== undefined ? `${company} (${person})` : person;
}

/** Neither the commitment nor the keyed hash: they say nothing to a person. */
function shown(subject: Application | Kept): CaseSubject {
  const { givenName, familyName, birth, country, nationality, kind, company } = subject;
  const person = { givenName, familyName, birth, country, nationality, kind, company };
  if (!('commitment' in subject)) return person;
  const { document, sourceOfFunds, professional } = subject;
  return { ...person, document, sourceOfFunds, professional };
}
