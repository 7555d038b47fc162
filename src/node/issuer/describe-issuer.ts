import { counted, type PartState } from '../ops/part-state.ts';
import { type Office, screeningIsOld } from './office.ts';

/** A list that is too old stops nobody from asking the rest of the process: it is said, not made unready. */
export function stateOf(office: Office): PartState {
  const { cases, ledger, lists, settings } = office;
  const now = settings.now();
  const waiting = cases.all().flatMap((one) => (one.now.state === 'review' ? [one.now.since] : []));
  const imported = lists.demonstration
    ? now
    : Math.min(...lists.current().map(({ importedAt }) => importedAt));
  const words = `${counted(waiting.length)} to decide${screeningIsOld(office) ? ', a sanctions list is too old' : ''}`;
  return {
    ok: true,
    words,
    figures: {
      cases_to_decide: waiting.length,
      oldest_case_seconds: waiting.length > 0 ? now - Math.min(...waiting) : 0,
      live_credentials: ledger.live().length,
      list_age_seconds: now - imported,
    },
  };
}

/** What is kept, of whom, and for how long. */
export function describeIssuer({ lists, settings }: Office): object {
  return {
    name: 'ZKID issuer of the reference network',
    demonstration: lists.demonstration,
    notice: lists.demonstration
      ? 'It screens against a list of invented names, and nobody may be at its desk. Send no real data.'
      : `Applications that are not clear are decided by a person. Screening is renewed every day, against lists of at most ${settings.screeningDays} days.`,
    keeps: {
      always: [
        'commitment, leaf and time of each credential',
        'keyed hash of family name, document and date of birth',
        'what was done with each application, by whom, when and why',
        'the backup that a holder left, which only the holder can open',
      ],
      untilDecided: ['the form', 'the documents'],
      whileCredentialLasts: ['names, date of birth, country, nationality and kind, for screening again'],
      never: ['a wallet address', 'what was bought'],
    },
    encrypted: 'AES-256-GCM under a key in the directory of the issuer',
  };
}
