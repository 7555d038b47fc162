import type { Application } from '../../protocol/issuance.ts';
import type { Finding } from '../../protocol/issuer-desk.ts';
import type { Attributes, Credential } from '../../protocol/zkid.ts';
import { HolderKind } from '../../protocol/zkid.ts';
import type { Case, Issue } from './case/case.ts';
import type { CaseStore } from './case/case-store.ts';
import type { AuditLine, AuditLog } from './desk/audit-log.ts';
import type { IssuerLedger } from './ledger.ts';
import type { RecognisePerson } from './person.ts';
import type { RootPublisher } from './root-publisher.ts';
import type { ListStore } from './screening/list-store.ts';
import { screen, type Screened } from './screening/screen.ts';
import type { SealedFiles } from './sealed-files.ts';
import type { IssuerSettings } from './settings.ts';

/**
 * What the verbs of the issuer work on. Whatever changes a case runs `inTurn`; posting the root does not, so that many
 * applications share one.
 */
export interface Office {
  settings: IssuerSettings;
  /** Base URL, as it stands in credentials. */
  url: string;
  cases: CaseStore;
  files: SealedFiles;
  ledger: IssuerLedger;
  publisher: RootPublisher;
  lists: ListStore;
  audit: AuditLog;
  person: RecognisePerson;
  /** What is kept, as read once. */
  kept: Map<string, Kept>;
  /** What screening found, with the lists of which revision. */
  found: WeakMap<Case, { revision: number; findings: Finding[] }>;
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/** Who does something: the operator's name, `provider` or `rule`. */
export type Actor = Pick<AuditLine, 'who' | 'memo'> & { delivery?: string };

/** Of somebody who holds a credential: what screening again and issuing again needs, and no more. */
export interface Kept extends Screened {
  /** Keyed hash of family name, document and birth; see `RecognisePerson`. */
  person: string;
}

export const formFile = (id: string) => `${id}.form`;
export const keptFile = (id: string) => `${id}.kept`;

export function writeForm(office: Office, id: string, application: Application): void {
  office.files.put(formFile(id), Buffer.from(JSON.stringify(application)));
}

/** The form of an application that waits. */
export function readForm(office: Office, { id }: Pick<Case, 'id'>): Application | undefined {
  if (!office.files.has(formFile(id))) return undefined;
  return JSON.parse(office.files.get(formFile(id)).toString('utf8')) as Application;
}

export function writeKept(office: Office, id: string, application: Application): void {
  const { kind, givenName, familyName, company, birth, country, nationality } = application;
  const kept: Kept = {
    kind,
    givenName,
    familyName,
    company,
    birth,
    country,
    nationality,
    person: office.person(application),
  };
  office.files.put(keptFile(id), Buffer.from(JSON.stringify(kept)));
  office.kept.set(id, kept);
}

export function readKept(office: Office, { id }: Pick<Case, 'id'>): Kept | undefined {
  if (!office.files.has(keptFile(id))) {
    office.kept.delete(id);
    return undefined;
  }
  const known = office.kept.get(id) ?? (JSON.parse(office.files.get(keptFile(id)).toString('utf8')) as Kept);
  office.kept.set(id, known);
  return known;
}

/** What is known of the person now: the form while it is open, and afterwards what is kept. */
export function subjectOf(office: Office, one: Case): Application | Kept | undefined {
  return readForm(office, one) ?? readKept(office, one);
}

/** What screening finds of a case; its names do not change, so the lists alone decide when to look again. */
export function findingsOf({ lists, found }: Office, one: Case, subject: Screened): Finding[] {
  const known = found.get(one);
  if (known?.revision === lists.revision) return known.findings;
  const findings = screen(subject, lists.current());
  found.set(one, { revision: lists.revision, findings });
  return findings;
}

/** What a person has to look at, and has not yet. */
export function openFindings(office: Office, one: Case, subject: Screened): Finding[] {
  return findingsOf(office, one, subject).filter(({ id }) => !one.cleared.includes(id));
}

/** Whether a list is older than screening may be. */
export function screeningIsOld(office: Office): boolean {
  const { settings } = office;
  return office.lists.states(settings.now(), settings.screeningDays * 86_400).some(({ old }) => old);
}

export function attributesOf({ tier, expiry, generation }: Omit<Issue, 'index'>, kept: Kept): Attributes {
  return {
    expiry,
    birth: kept.birth,
    country: kept.country,
    kind: kept.kind === 'business' ? HolderKind.Business : HolderKind.Person,
    tier,
    // Nobody gets one whom screening did not pass, or a person cleared.
    screened: true,
    generation,
  };
}

export function credentialOf(office: Office, one: Case, issue: Issue, kept: Kept): Credential {
  return {
    issuer: office.url,
    commitment: one.commitment,
    attributes: attributesOf(issue, kept),
    index: issue.index,
  };
}
