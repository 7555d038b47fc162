import { HskError } from '../../../protocol/errors.ts';
import type { Approval, DocumentRequest, Refusal } from '../../../protocol/issuer-desk.ts';
import { dateNumber } from '../../../protocol/zkid.ts';
import { type CaseEvent, heldBy, nextState } from '../case/case.ts';
import {
  type Actor,
  openFindings,
  type Office,
  readForm,
  screeningIsOld,
  subjectOf,
  writeKept,
} from '../office.ts';
import { VALIDITY } from './apply.ts';
import { completeIssuing } from './complete-issuing.ts';
import { forget } from './forget.ts';
import { caseGone } from './refusals.ts';

/**
 * Issues the credential; resolves when its root is in a block. Somebody whom screening found is issued again to the
 * same last day.
 *
 * @throws `ISSUER_FINDING_OPEN`, `ISSUER_LIST_OLD`, `ISSUER_CASE_STATE`, `ISSUER_REISSUED_TOO_OFTEN`, `ISSUER_TREE_FULL`
 */
export async function approve(office: Office, id: string, order: Approval, actor: Actor): Promise<void> {
  const { cases, ledger, settings } = office;
  await office.inTurn(async () => {
    const one = cases.get(id);
    const subject = subjectOf(office, one);
    const at = settings.now();
    const expiry = heldBy(one.now)?.expiry ?? dateNumber(at) + VALIDITY;
    const event: CaseEvent = { type: 'approved', at, decision: { tier: order.tier, expiry } };
    nextState(one.now, event);
    // A provider has seen documents of its own; a person decides by ours.
    if (!subject || one.now.state === 'lapsed' || (one.now.state === 'documents' && actor.who !== 'provider'))
      throw caseGone(one);
    if (screeningIsOld(office))
      throw new HskError('ISSUER_LIST_OLD', 'The list to screen against is too old to approve anybody', {
        details: `more than ${settings.screeningDays} days`,
        action: 'Import a newer one.',
      });
    const open = openFindings(office, one, subject).map((finding) => finding.id);
    const left = open.filter((finding) => !order.cleared.includes(finding));
    if (left.length > 0)
      throw new HskError('ISSUER_FINDING_OPEN', 'Screening found something that nobody has looked at', {
        details: `${left.length} of ${open.length}`,
        action: 'Mark each finding as about somebody else, or refuse.',
      });
    ledger.generation(one.commitment, one.person);
    ledger.requireSpace();
    const form = readForm(office, one);
    if (form) writeKept(office, id, form);
    await record(office, id, 'approved', `tier ${order.tier}`, actor);
    await cases.step({ id, event, cleared: open, ...delivered(actor) });
    forget(office, id);
    await completeIssuing(office, one);
  });
  await office.publisher.publish();
}

/** Form and documents are deleted. @throws `ISSUER_CASE_STATE`, `ISSUER_NOTE_WITH_DECLINED` */
export function refuse(office: Office, id: string, order: Refusal, actor: Actor): Promise<void> {
  const { reason, note } = order;
  // What screening turned up may not be told, and words written beside it are how it slips out.
  if (reason === 'declined' && note !== undefined)
    throw new HskError('ISSUER_NOTE_WITH_DECLINED', 'Who is declined is told nothing more', {
      action: 'Leave the note away; write what is for the record into the memo.',
    });
  return change(office, id, { type: 'refused', at: office.settings.now(), reason, note }, reason, actor);
}

/** Sends the case back to its applicant. @throws `ISSUER_CASE_STATE` */
export function ask(office: Office, id: string, { kinds }: DocumentRequest, actor: Actor): Promise<void> {
  const event: CaseEvent = { type: 'asked', at: office.settings.now(), kinds };
  return change(office, id, event, kinds.join(', '), actor);
}

function change(office: Office, id: string, event: CaseEvent, reason: string, actor: Actor): Promise<void> {
  return office.inTurn(async () => {
    nextState(office.cases.get(id).now, event);
    await record(office, id, event.type, reason, actor);
    await office.cases.step({ id, event, ...delivered(actor) });
    forget(office, id);
  });
}

/** The record comes first: a decision that nobody stands for must not take effect. */
export function record(
  office: Office,
  id: string,
  action: string,
  reason: string,
  { who, memo }: Actor,
): Promise<void> {
  return office.audit.write({
    at: office.settings.now(),
    who,
    action,
    case: id,
    reason,
    ...(memo !== undefined && { memo }),
  });
}

export function delivered({ delivery }: Actor): { delivery?: string } {
  return delivery === undefined ? {} : { delivery };
}
