import { isKnownCeremony, type VerificationKey } from '../../src/identity/ceremony.ts';
import type { Contribution } from './contributions.ts';

/** Contributions of independent people, below which nobody should rely on a key. */
export const LEAST_CONTRIBUTIONS = 3;

/** What a key lacks that value may depend on; empty: it is a production key. */
export function missingForProduction(
  key: Pick<VerificationKey, 'vk_alpha_1'>,
  contributions: readonly Contribution[],
  isKnownPhaseOne: boolean,
): string[] {
  const people = new Set(contributions.filter(({ beacon }) => !beacon).map(({ name }) => name)).size;
  return [
    ...(isKnownPhaseOne && isKnownCeremony(key) ? [] : ['powers of tau of a public ceremony']),
    ...(people >= LEAST_CONTRIBUTIONS
      ? []
      : [`${LEAST_CONTRIBUTIONS} contributions of different people (it has ${people})`]),
    ...(contributions.at(-1)?.beacon ? [] : ['a beacon that closes it']),
  ];
}
