import { HskError } from './errors.ts';
import { flag, integer, invalid, object, oneOf, type Parser, text } from './parse.ts';
import { type Attributes, type Credential, FIELD, HolderKind, TREE } from './zkid.ts';

/** The form a holder sends to the issuer. */
export interface Application {
  /** P2(secret, 0) as a decimal string: all that the issuer learns of the secret. */
  commitment: string;
  givenName: string;
  familyName: string;
  /** YYYYMMDD. For a business, of the person who acts for it. */
  birth: number;
  /** Residence, ISO-3166 numeric: the country the policy is about. */
  country: number;
  /** ISO-3166 numeric; absent: the same as the residence. Screened, not attested. */
  nationality?: number | undefined;
  kind: 'person' | 'business';
  /** Name of the business; asked when `kind` is `business`. */
  company?: string | undefined;
  /** Number of the identity document or the business registration. */
  document: string;
  sourceOfFunds?: SourceOfFunds | undefined;
  /** Claims to be a professional investor. */
  professional: boolean;
  consent: true;
}

export const SOURCES_OF_FUNDS = [
  'salary',
  'savings',
  'business',
  'investments',
  'inheritance',
  'other',
] as const;
export type SourceOfFunds = (typeof SOURCES_OF_FUNDS)[number];

export type FieldProblem = 'missing' | 'invalid' | 'in-the-future' | 'too-long' | 'unknown-country';
export type FieldErrors = Partial<Record<keyof Application, FieldProblem>>;

/** What was wrong with each field of an application. */
export class ApplicationError extends HskError {
  readonly fields: FieldErrors;

  constructor(fields: FieldErrors) {
    super('APPLICATION_INVALID', 'The application is not complete', {
      details: Object.entries(fields)
        .map(([field, problem]) => `${field} ${problem}`)
        .join(', '),
      action: 'Correct the fields named.',
    });
    this.fields = fields;
  }
}

/** What a person fills in; the rest of the application is added for them. */
export type ApplicationForm = Omit<Application, 'commitment'>;

const LONGEST_NAME = 100;
const EARLIEST_YEAR = 1900;

/**
 * The same check on both sides of the wire. Who is too young or from a country that no fund admits passes:
 * the credential says what is so, and the circuit decides.
 *
 * @param today YYYYMMDD
 * @throws `ApplicationError` naming every field that is wrong
 */
export function parseApplication(value: unknown, today: number): Application {
  const form = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const fields: FieldErrors = {};
  const note = (field: keyof Application, problem: FieldProblem | undefined) => {
    if (problem) fields[field] = problem;
  };
  const absent = (entry: unknown) => entry === undefined || entry === null || entry === '';
  const words = (field: keyof Application, pattern: RegExp): string => {
    const entry = form[field];
    const trimmed = typeof entry === 'string' ? entry.normalize('NFC').trim().replace(/\s+/g, ' ') : '';
    if (trimmed.length > LONGEST_NAME) note(field, 'too-long');
    else if (!trimmed) note(field, absent(entry) || typeof entry === 'string' ? 'missing' : 'invalid');
    else if (!pattern.test(trimmed)) note(field, 'invalid');
    return trimmed;
  };
  const choice = <T extends string>(field: keyof Application, choices: readonly T[]): T => {
    if (absent(form[field])) note(field, 'missing');
    else if (!choices.includes(form[field] as T)) note(field, 'invalid');
    return form[field] as T;
  };
  const country = (field: keyof Application): number => {
    if (absent(form[field])) note(field, 'missing');
    else if (!isCountryNumber(form[field])) note(field, 'unknown-country');
    return form[field] as number;
  };
  const name = /^[\p{L}\p{M}\p{Zs}.'’·-]+$/u;
  const kind = choice('kind', ['person', 'business'] as const);

  note(
    'commitment',
    absent(form.commitment) ? 'missing' : isFieldElement(form.commitment) ? undefined : 'invalid',
  );
  note('birth', birthProblem(form.birth, today));
  note('consent', form.consent === true ? undefined : 'missing');
  note(
    'professional',
    absent(form.professional) || typeof form.professional === 'boolean' ? undefined : 'invalid',
  );
  const application: Application = {
    commitment: form.commitment as string,
    givenName: words('givenName', name),
    familyName: words('familyName', name),
    birth: form.birth as number,
    country: country('country'),
    nationality: absent(form.nationality) ? undefined : country('nationality'),
    kind,
    company: kind === 'business' && !absent(form.company) ? words('company', /\S/) : undefined,
    document: words('document', /^[\p{L}\p{N}\p{Zs}()./-]+$/u),
    sourceOfFunds: absent(form.sourceOfFunds) ? undefined : choice('sourceOfFunds', SOURCES_OF_FUNDS),
    professional: form.professional === true,
    consent: true,
  };
  if (Object.keys(fields).length > 0) throw new ApplicationError(fields);
  return application;
}

function birthProblem(value: unknown, today: number): FieldProblem | undefined {
  if (value === undefined || value === null || value === '') return 'missing';
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'invalid';
  const [year, month, day] = [Math.floor(value / 10_000), Math.floor(value / 100) % 100, value % 100];
  const date = new Date(Date.UTC(year, month - 1, day));
  // Date makes 1 May of 31 April.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return 'invalid';
  if (year < EARLIEST_YEAR) return 'invalid';
  return value > today ? 'in-the-future' : undefined;
}

function isCountryNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 896;
}

function isFieldElement(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9]\d{0,77}$/.test(value) && BigInt(value) < FIELD;
}

const below =
  (limit: number): Parser<number> =>
  (value, path) => {
    const parsed = integer(value, path);
    if (parsed >= limit) throw invalid(path, `below ${limit}`, String(parsed));
    return parsed;
  };

const fieldElement: Parser<string> = (value, path) => {
  if (!isFieldElement(value)) throw invalid(path, 'a field element', value);
  return value;
};

/** @throws `PARSE_INVALID` */
export const parseCredential: Parser<Credential> = object<Credential>({
  issuer: text,
  commitment: fieldElement,
  attributes: object<Attributes>({
    expiry: below(2 ** 25),
    birth: below(2 ** 25),
    country: below(1024),
    kind: oneOf(HolderKind.Person, HolderKind.Business),
    tier: below(4),
    screened: flag,
    generation: below(8),
  }),
  index: below(TREE.arity ** TREE.depth),
});
