import { createHash, randomBytes } from 'node:crypto';
import type { ApplicationReceipt, DocumentKind } from '../../../protocol/application-status.ts';
import { HskError } from '../../../protocol/errors.ts';
import type { Application } from '../../../protocol/issuance.ts';
import type { Finding } from '../../../protocol/issuer-desk.ts';
import { dateNumber } from '../../../protocol/zkid.ts';
import { type Case, isOpenApplication } from '../case/case.ts';
import { type Office, screeningIsOld, writeForm, writeKept } from '../office.ts';
import { screen } from '../screening/screen.ts';
import { completeIssuing } from './complete-issuing.ts';
import { forget } from './forget.ts';
import { statusOf } from './status-of.ts';

/** A credential is good for a year, through its last day. */
export const VALIDITY = 10_000;
/** Identified and screened. */
const RETAIL = 1;

export function ticketHash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}

/**
 * Takes an application in. A clean one of a person is decided by rule and answered when its root is in a block;
 * everything else waits for documents and then for a person. The newest application of a commitment takes the place of
 * those that wait.
 *
 * @throws `ISSUER_REISSUED_TOO_OFTEN`, `ISSUER_TREE_FULL`, `ISSUER_TOO_MANY_APPLICATIONS`, `ISSUER_STORAGE_FULL`,
 * `ISSUER_ROOT_NOT_POSTED`
 */
export async function apply(office: Office, application: Application): Promise<ApplicationReceipt> {
  const ticket = randomBytes(32).toString('hex');
  const one = await office.inTurn(() => takeIn(office, application, ticketHash(ticket)));
  if (one.now.state === 'issued') await office.publisher.publish();
  return { ticket, status: statusOf(office, one) };
}

async function takeIn(office: Office, application: Application, ticket: string): Promise<Case> {
  const { cases, ledger, settings } = office;
  const { commitment } = application;
  const at = settings.now();
  const id = randomBytes(16).toString('hex');
  const person = office.person(application);
  const findings = screen(application, office.lists.current());
  const opened = { ticket, commitment, person, openedAt: at };
  const earlier = new Set([...cases.withCommitment(commitment), ...cases.ofPerson(person)]);
  const replaced = cases.withCommitment(commitment).filter(({ now }) => isOpenApplication(now));
  ledger.generation(commitment, person);
  ledger.requireSpace();
  if (office.files.bytes >= settings.limits.storedBytes) throw storageFull();
  let one: Case;
  if (isDecidedByRule(office, application, findings, [...earlier])) {
    writeKept(office, id, application);
    const decision = { tier: RETAIL, expiry: dateNumber(at) + VALIDITY };
    one = await cases.step({ id, opened, event: { type: 'approved', at, decision } });
  } else {
    requireRoom(office, replaced.length);
    writeForm(office, id, application);
    one = await cases.step({ id, opened, event: { type: 'applied', at, needs: documentsFor(application) } });
  }
  for (const old of replaced) {
    await cases.step({ id: old.id, event: { type: 'ended', at, outcome: 'replaced' } });
    forget(office, old.id);
  }
  await completeIssuing(office, one);
  return one;
}

function isDecidedByRule(
  office: Office,
  application: Application,
  findings: readonly Finding[],
  earlier: readonly Case[],
): boolean {
  return (
    office.settings.review === 'rules' &&
    application.kind === 'person' &&
    !application.professional &&
    findings.length === 0 &&
    !screeningIsOld(office) &&
    // Whom a person refused or revoked, or screening found, a rule does not let back in.
    earlier.every(
      ({ now }) =>
        !(now.state === 'ended' && (now.outcome === 'refused' || now.outcome === 'revoked')) &&
        !(now.state === 'review' && now.cause === 'screening'),
    )
  );
}

function documentsFor({ kind, professional }: Application): DocumentKind[] {
  if (kind === 'business') return ['registration', 'authority', 'identity'];
  return professional ? ['identity', 'wealth'] : ['identity', 'address'];
}

function requireRoom({ cases, settings: { limits } }: Office, replaced: number): void {
  if (cases.open - replaced >= limits.open)
    throw new HskError(
      'ISSUER_TOO_MANY_APPLICATIONS',
      'The issuer has more applications than it can look at',
      {
        action: 'Apply again tomorrow.',
      },
    );
}

export function storageFull(): HskError {
  return new HskError('ISSUER_STORAGE_FULL', 'The issuer takes nothing more for now', {
    action: 'Try again tomorrow.',
  });
}
