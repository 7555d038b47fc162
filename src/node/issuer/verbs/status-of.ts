import type { ApplicationStatus } from '../../../protocol/application-status.ts';
import { leaf } from '../../../protocol/zkid.ts';
import type { Case } from '../case/case.ts';
import { credentialOf, type Office, readKept } from '../office.ts';

/** How a case stands, as its applicant is told: who is matched by screening is never told so. */
export function statusOf(office: Office, one: Case): ApplicationStatus {
  const { now } = one;
  switch (now.state) {
    case 'documents':
      return { state: 'documents', needs: now.needs, received: now.documents.map(({ kind }) => kind) };
    case 'issued': {
      const kept = readKept(office, one);
      const credential = kept && credentialOf(office, one, now.issue, kept);
      const { tree } = office.publisher.posted;
      // Decided, but the root with its leaf has yet to reach the chain.
      if (!credential || tree.leaf(credential.index) !== leaf(BigInt(one.commitment), credential.attributes))
        return { state: 'review', since: now.since };
      return { state: 'issued', credential, root: tree.root.toString() };
    }
    case 'ended': {
      const { reason = 'declined', note, since: at } = now;
      return { state: 'refused', reason, ...(note !== undefined && { note }), at };
    }
    case 'new':
      return { state: 'review', since: one.openedAt };
    default:
      return { state: 'review', since: now.since };
  }
}
