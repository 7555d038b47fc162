import {
  DOCUMENT_KINDS,
  DOCUMENT_TYPES,
  type DocumentKind,
  type DocumentType,
  REFUSAL_REASONS,
  type RefusalReason,
} from './application-status.ts';
import { SOURCES_OF_FUNDS, type SourceOfFunds } from './issuance.ts';
import { flag, integer, invalid, list, object, oneOf, optional, type Parser, text } from './parse.ts';

/**
 * What the issuer's desk says over `/desk/api`: to its page, and to the command line. Times are seconds since 1970,
 * dates YYYYMMDD, countries ISO-3166 numeric.
 */

/** Where a case stands. `issuing`: decided, and not yet in the tree. `lapsed`: its screening is too old. */
export const CASE_STATES = ['documents', 'review', 'issuing', 'issued', 'lapsed', 'ended'] as const;
export type CaseStateName = (typeof CASE_STATES)[number];

export const CASE_OUTCOMES = ['refused', 'revoked', 'expired', 'replaced', 'withdrawn', 'abandoned'] as const;
export type CaseOutcome = (typeof CASE_OUTCOMES)[number];

/** Why a credential is revoked, for the record; its holder learns that it is. */
export const REVOCATION_REASONS = [
  'holder-request',
  'wallet-compromised',
  'information-changed',
  'issued-in-error',
  'no-longer-eligible',
  'provider',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** Tiers that the desk gives: identified and screened, professional investor, institution. */
export const TIERS = [1, 2, 3] as const;
export type Tier = (typeof TIERS)[number];

/** Whether two names are the same word for word, or alike. */
export type Grade = 'exact' | 'possible';

/** Something that a person has to look at. `id` stays as long as what was found does. */
export type Finding =
  | {
      id: string;
      kind: 'name';
      grade: Grade;
      /** Likeness in thousandths. */
      score: number;
      /** The applicant's name, and the one on the list that it is like. */
      subject: string;
      matched: string;
      entry: ListEntry;
      source: string;
    }
  | { id: string; kind: 'country'; country: number }
  /** The name is in letters that no list of this issuer is in. */
  | { id: string; kind: 'script'; subject: string };

export const ENTRY_KINDS = ['person', 'organisation', 'other'] as const;

/** One entry of a sanctions list. `born`: years. */
export interface ListEntry {
  id: string;
  name: string;
  aliases: string[];
  kind: (typeof ENTRY_KINDS)[number];
  born: number[];
  programme: string;
  remarks: string;
}

/** A list as it is in use. */
export interface ListState {
  source: string;
  version: number;
  importedAt: number;
  entries: number;
  /** Of what was imported, in hex. */
  sha256: string;
  /** Older than screening may be. */
  old: boolean;
}

export interface CaseSummary {
  id: string;
  state: CaseStateName;
  outcome?: CaseOutcome | undefined;
  /** Under review: for an application, or because screening found somebody who holds a credential. */
  cause?: 'application' | 'screening' | undefined;
  openedAt: number;
  /** When it came to stand as it does. */
  since: number;
  /** Absent once nothing of the person is kept. */
  name?: string | undefined;
  kind?: 'person' | 'business' | undefined;
  professional?: boolean | undefined;
  findings: number;
}

export interface CaseDocument {
  kind: DocumentKind;
  type: DocumentType;
  bytes: number;
  sha256: string;
  at: number;
}

/** What the issuer knows of the applicant now; after a decision only what screening needs. */
export interface CaseSubject {
  givenName: string;
  familyName: string;
  birth: number;
  country: number;
  nationality?: number | undefined;
  kind: 'person' | 'business';
  company?: string | undefined;
  document?: string | undefined;
  sourceOfFunds?: SourceOfFunds | undefined;
  professional?: boolean | undefined;
}

export interface CaseDetail {
  summary: CaseSummary;
  subject?: CaseSubject | undefined;
  findings: Finding[];
  /** Findings that were looked at before and are about somebody else. */
  cleared: string[];
  documents: CaseDocument[];
  needs: DocumentKind[];
  credential?: { index: number; tier: number; expiry: number; generation: number } | undefined;
  refusal?: { reason: string; note?: string | undefined } | undefined;
  history: AuditEntry[];
}

/** One line of the audit log: `hash` is over the line before and everything else in this one. */
export interface AuditEntry {
  seq: number;
  at: number;
  /** Name of the operator, `provider` or `rule`. */
  who: string;
  action: string;
  case?: string | undefined;
  reason?: string | undefined;
  /** Words for the record. */
  memo?: string | undefined;
  previous: string;
  hash: string;
}

export interface DeskOverview {
  operator: string;
  now: number;
  counts: Record<CaseStateName, number>;
  lists: ListState[];
  /** Seconds after which a list is too old to screen against. */
  screeningAge: number;
  screenedAt?: number | undefined;
  open: CaseSummary[];
}

export interface RescreenResult {
  screened: number;
  matched: number;
  lapsed: number;
  reissued: number;
}

/** Longest words that the desk takes. */
export const LONGEST_WORDS = 1000;

/** Text of at most so many characters; empty is absent. */
export const words: Parser<string | undefined> = (value, path) => {
  const said = optional(text)(value, path)?.trim();
  if (said !== undefined && said.length > LONGEST_WORDS)
    throw invalid(path, `at most ${LONGEST_WORDS} characters`, said);
  return said || undefined;
};

const hash: Parser<string> = (value, path) => {
  const said = text(value, path);
  if (!/^[0-9a-f]{64}$/.test(said)) throw invalid(path, 'a hash', said);
  return said;
};
const fewWords = list(text, 1000);
const documentKind = oneOf(...DOCUMENT_KINDS);

/** What the desk is asked to do with a case. */
export interface Approval {
  tier: Tier;
  /** Findings that are about somebody else; all that are open have to be named. */
  cleared: string[];
  memo?: string | undefined;
}
export const parseApproval: Parser<Approval> = object<Approval>({
  tier: oneOf(...TIERS),
  cleared: fewWords,
  memo: words,
});

export interface Refusal {
  reason: RefusalReason;
  /** To the applicant. */
  note?: string | undefined;
  memo?: string | undefined;
}
export const parseRefusalOrder: Parser<Refusal> = object<Refusal>({
  reason: oneOf(...REFUSAL_REASONS),
  note: words,
  memo: words,
});

export interface DocumentRequest {
  kinds: DocumentKind[];
  memo?: string | undefined;
}
export const parseDocumentRequest: Parser<DocumentRequest> = (value, path) => {
  const order = object<DocumentRequest>({ kinds: list(documentKind, DOCUMENT_KINDS.length), memo: words })(
    value,
    path,
  );
  if (order.kinds.length === 0) throw invalid(`${path}.kinds`, 'at least one document', 'none');
  return { ...order, kinds: [...new Set(order.kinds)] };
};

export interface Revocation {
  reason: RevocationReason;
  memo?: string | undefined;
}
export const parseRevocation: Parser<Revocation> = object<Revocation>({
  reason: oneOf(...REVOCATION_REASONS),
  memo: words,
});

/** A list to import: `ofac` is the Treasury's SDN.CSV, with its ALT.CSV for the aliases; `csv` and `json` are ours. */
export interface ListImport {
  source: string;
  format: 'ofac' | 'csv' | 'json';
  main: string;
  aliases?: string | undefined;
}
export const parseListImport: Parser<ListImport> = (value, path) => {
  const order = object<ListImport>({
    source: text,
    format: oneOf('ofac', 'csv', 'json'),
    main: text,
    aliases: optional(text),
  })(value, path);
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(order.source))
    throw invalid(`${path}.source`, 'a name of a list, such as ofac-sdn', order.source);
  return order;
};

const parseSummary = object<CaseSummary>({
  id: text,
  state: oneOf(...CASE_STATES),
  outcome: optional(oneOf(...CASE_OUTCOMES)),
  cause: optional(oneOf('application', 'screening')),
  openedAt: integer,
  since: integer,
  name: optional(text),
  kind: optional(oneOf('person', 'business')),
  professional: optional(flag),
  findings: integer,
});

/** @throws `PARSE_INVALID` */
export const parseListEntry: Parser<ListEntry> = object<ListEntry>({
  id: text,
  name: text,
  aliases: fewWords,
  kind: oneOf(...ENTRY_KINDS),
  born: list(integer, 100),
  programme: text,
  remarks: text,
});

const findings = {
  name: object<Extract<Finding, { kind: 'name' }>>({
    id: text,
    kind: oneOf('name'),
    grade: oneOf('exact', 'possible'),
    score: integer,
    subject: text,
    matched: text,
    entry: parseListEntry,
    source: text,
  }),
  country: object<Extract<Finding, { kind: 'country' }>>({
    id: text,
    kind: oneOf('country'),
    country: integer,
  }),
  script: object<Extract<Finding, { kind: 'script' }>>({ id: text, kind: oneOf('script'), subject: text }),
};
const parseFindingKind = object<Pick<Finding, 'kind'>>({ kind: oneOf('name', 'country', 'script') });
const parseFinding: Parser<Finding> = (value, path) =>
  findings[parseFindingKind(value, path).kind](value, path);

const parseSubject = object<CaseSubject>({
  givenName: text,
  familyName: text,
  birth: integer,
  country: integer,
  nationality: optional(integer),
  kind: oneOf('person', 'business'),
  company: optional(text),
  document: optional(text),
  sourceOfFunds: optional(oneOf(...SOURCES_OF_FUNDS)),
  professional: optional(flag),
});

/** @throws `PARSE_INVALID` */
export const parseAuditEntry: Parser<AuditEntry> = object<AuditEntry>({
  seq: integer,
  at: integer,
  who: text,
  action: text,
  case: optional(text),
  reason: optional(text),
  memo: optional(text),
  previous: hash,
  hash,
});

/** @throws `PARSE_INVALID` */
export const parseCaseDetail: Parser<CaseDetail> = object<CaseDetail>({
  summary: parseSummary,
  subject: optional(parseSubject),
  findings: list(parseFinding, 1000),
  cleared: fewWords,
  documents: list(
    object<CaseDocument>({
      kind: documentKind,
      type: oneOf(...DOCUMENT_TYPES),
      bytes: integer,
      sha256: hash,
      at: integer,
    }),
  ),
  needs: list(documentKind),
  credential: optional(
    object<NonNullable<CaseDetail['credential']>>({
      index: integer,
      tier: integer,
      expiry: integer,
      generation: integer,
    }),
  ),
  refusal: optional(object<NonNullable<CaseDetail['refusal']>>({ reason: text, note: optional(text) })),
  history: list(parseAuditEntry),
});

/** @throws `PARSE_INVALID` */
export const parseSummaries: Parser<CaseSummary[]> = list(parseSummary);

/** @throws `PARSE_INVALID` */
export const parseListState: Parser<ListState> = object<ListState>({
  source: text,
  version: integer,
  importedAt: integer,
  entries: integer,
  sha256: text,
  old: flag,
});

/** @throws `PARSE_INVALID` */
export const parseOverview: Parser<DeskOverview> = object<DeskOverview>({
  operator: text,
  now: integer,
  counts: object<DeskOverview['counts']>({
    documents: integer,
    review: integer,
    issuing: integer,
    issued: integer,
    lapsed: integer,
    ended: integer,
  }),
  lists: list(parseListState),
  screeningAge: integer,
  screenedAt: optional(integer),
  open: list(parseSummary),
});

/** @throws `PARSE_INVALID` */
export const parseRescreenResult: Parser<RescreenResult> = object<RescreenResult>({
  screened: integer,
  matched: integer,
  lapsed: integer,
  reissued: integer,
});
