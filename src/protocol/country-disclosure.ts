import { HskError } from './errors.ts';
import { HolderKind, type Policy } from './zkid.ts';

/** What a business could have the registry record with its admission. */
export interface Disclosure {
  /** ISO 3166-1 numeric. */
  country: number;
  /** Hash of the token's policy, and of that policy narrowed: by both the registry knows the country. */
  policyHash: bigint;
  narrowed: bigint;
}

const BUSINESS = 1 << HolderKind.Business;

/**
 * The policy by which a business says openly in which country it is: the token's own, narrowed to that country
 * and to businesses. Proven in place of the token's it admits as well, and the registry records the country, once
 * its hash is named there (`IdentityRegistry.setDisclosure`).
 *
 * @param country ISO 3166-1 numeric
 * @throws `DISCLOSURE_NOT_ALLOWED` when the token's policy does not let in businesses of that country
 */
export function countryDisclosure(policy: Policy, country: number): Policy {
  if (!admitsBusinesses(policy) || !policy.allowedCountries.includes(country))
    throw new HskError('DISCLOSURE_NOT_ALLOWED', 'No business of that country may hold the token', {
      details: `country ${country}, kinds ${policy.kindMask}`,
      action: 'Choose a product that businesses of your country may hold.',
    });
  return { ...policy, allowedCountries: [country], kindMask: BUSINESS };
}

export function admitsBusinesses({ kindMask }: Policy): boolean {
  return (kindMask & BUSINESS) !== 0;
}
