import { createHash } from 'node:crypto';
import type { Application } from '../../../protocol/issuance.ts';
import type { Finding } from '../../../protocol/issuer-desk.ts';
import type { IndexedList } from './list-store.ts';
import { isLatin } from './plain.ts';

/** FATF call for action: Iran, North Korea, Myanmar. */
const LISTED_COUNTRIES = [364, 408, 104];
/** Years by which a list may be wrong about a birth. */
const BIRTH_TOLERANCE = 2;

/** What of a person is screened. */
export type Screened = Pick<
  Application,
  'kind' | 'givenName' | 'familyName' | 'company' | 'birth' | 'country' | 'nationality'
>;

/** What a person has to look at before this one may be called screened; nothing for most. */
export function screen(person: Screened, lists: readonly IndexedList[]): Finding[] {
  const name = `${person.givenName} ${person.familyName}`;
  const subjects = [
    { subject: name, kind: 'person' as const },
    ...(person.company === undefined ? [] : [{ subject: person.company, kind: 'organisation' as const }]),
  ];
  const born = Math.floor(person.birth / 10_000);
  const names = subjects.flatMap(({ subject, kind }) =>
    lists.flatMap(({ source, index }) =>
      index.find(subject, kind).flatMap((match): Finding[] => {
        const { entry } = match;
        const other =
          kind === 'person' &&
          entry.born.length > 0 &&
          entry.born.every((year) => Math.abs(year - born) > BIRTH_TOLERANCE);
        // The very name is looked at whatever year was given: the form is the applicant's word.
        if (other && match.grade === 'possible') return [];
        const id = createHash('sha256')
          .update(JSON.stringify([source, subject, entry]))
          .digest('hex')
          .slice(0, 32);
        return [{ ...match, id, kind: 'name', grade: other ? 'possible' : match.grade, subject, source }];
      }),
    ),
  );
  const countries = new Set([person.country, person.nationality ?? person.country]);
  return [
    ...names,
    ...LISTED_COUNTRIES.filter((country) => countries.has(country)).map((country): Finding => ({
      id: `country-${country}`,
      kind: 'country',
      country,
    })),
    ...subjects
      .filter(({ subject }) => !isLatin(subject))
      .map(({ subject, kind }): Finding => ({ id: `script-${kind}`, kind: 'script', subject })),
  ];
}
