import type { Attributes, Policy } from '../protocol/zkid.ts';

/** The rules of the circuit, one code each; the words are the view's. */
export type RuleCode = 'expiry' | 'age' | 'country' | 'kind' | 'tier' | 'screened' | 'generation';

export interface RuleResult {
  code: RuleCode;
  met: boolean;
}

/**
 * What the circuit would say to these attributes, rule by rule, so that a person learns why before anything
 * is proven.
 *
 * @param today YYYYMMDD
 */
export function assessEligibility(attributes: Attributes, policy: Policy, today: number): RuleResult[] {
  const { expiry, birth, country, kind, tier, screened, generation } = attributes;
  // The circuit's range checks: 20 bits of validity ahead, 21 bits of age.
  const validity = expiry - today;
  const age = today - birth - policy.minAge * 10_000;
  return [
    { code: 'expiry', met: validity >= 0 && validity < 2 ** 20 },
    { code: 'country', met: country < 896 && policy.allowedCountries.includes(country) },
    { code: 'age', met: age >= 0 && age < 2 ** 21 },
    { code: 'kind', met: ((policy.kindMask >> kind) & 1) === 1 },
    { code: 'tier', met: tier >= policy.minTier },
    { code: 'screened', met: screened || !policy.mustBeScreened },
    { code: 'generation', met: generation <= policy.maxGeneration },
  ];
}

export function isEligible(attributes: Attributes, policy: Policy, today: number): boolean {
  return assessEligibility(attributes, policy, today).every((rule) => rule.met);
}
