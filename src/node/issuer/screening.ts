import type { Application } from '../../protocol/issuance.ts';

/**
 * DEMONSTRATION ONLY. A short list of invented names and the countries under a FATF call for action: it shows
 * what an unscreened credential does, and screens nobody. A real issuer puts its provider here.
 */
const LISTED_NAMES = ['igor blacklist', 'wanda wanted', 'victor sanctioned', 'mallory embargo'];
/** FATF call for action: Iran, North Korea, Myanmar. */
const LISTED_COUNTRIES = [364, 408, 104];

/** Identified and screened. */
const RETAIL = 1;
/** Professional investor, on the applicant's word in this demonstration. */
const PROFESSIONAL = 2;

export interface Screening {
  screened: boolean;
  /** 0 to 3, as it goes into the credential. */
  tier: number;
}

export function screen(application: Application): Screening {
  const names = [
    `${application.givenName} ${application.familyName}`,
    `${application.familyName} ${application.givenName}`,
    application.company ?? '',
  ].map(plain);
  const countries = [application.country, application.nationality ?? application.country];
  const hit =
    names.some((name) => LISTED_NAMES.includes(name)) ||
    countries.some((country) => LISTED_COUNTRIES.includes(country));
  return { screened: !hit, tier: application.professional ? PROFESSIONAL : RETAIL };
}

/** Lower case, without accents and punctuation, so that spelling does not slip past the list. */
export function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
