import type { ApplicationStatus } from '../protocol/application-status.ts';
import type { Policy } from '../protocol/zkid.ts';
import { assessEligibility, type RuleResult } from './eligibility.ts';
import type { KeptApplication, KeptCredential, Place } from './holder-records.ts';

/** What is still open about an application. */
export type OpenStatus = Exclude<ApplicationStatus, { state: 'issued' }>;

/** Where a person stands towards one policy, by all that their wallet holds. */
export type Standing =
  | { state: 'none' }
  /** A credential is there; `rules` may not all be met. `validUntil` as YYYYMMDD, through that day. */
  | { state: 'held'; rules: RuleResult[]; validUntil: number }
  /** It would do, had it not run out. `endedOn` as YYYYMMDD. */
  | { state: 'ended'; endedOn: number }
  /** The issuer's tree holds it no longer. */
  | { state: 'removed' }
  | { state: 'applied'; status: OpenStatus };

export interface HeldCredential extends KeptCredential {
  place: Place;
}

export interface PendingApplication extends KeptApplication {
  place: Place;
}

interface Assessed {
  held: HeldCredential;
  rules: RuleResult[];
  unmet: number;
}

function assessAll(held: readonly HeldCredential[], policy: Policy, today: number): Assessed[] {
  const assessed = held
    .filter(({ removed }) => !removed)
    .map((entry) => {
      const rules = assessEligibility(entry.credential.attributes, policy, today);
      return { held: entry, rules, unmet: rules.filter(({ met }) => !met).length };
    });
  // Stable: among equals a person's goes before a business's, and the first issuer's before another's.
  return assessed.toSorted((a, b) => a.unmet - b.unmet);
}

/** The credential that satisfies a policy, or comes nearest to it. @param today YYYYMMDD */
export function chooseCredential(
  held: readonly HeldCredential[],
  policy: Policy,
  today: number,
): HeldCredential | undefined {
  return assessAll(held, policy, today)[0]?.held;
}

/** The newest open application for a kind of holder that the policy admits. */
export function chooseApplication(
  applications: readonly PendingApplication[],
  policy: Policy,
): PendingApplication | undefined {
  return applications
    .filter(({ kind, status }) => status.state !== 'issued' && ((policy.kindMask >> kind) & 1) === 1)
    .toSorted((a, b) => b.appliedAt - a.appliedAt)[0];
}

/**
 * A credential that satisfies goes before an application under way, that before anything that does not.
 *
 * @param today YYYYMMDD
 */
export function standingTowards(
  policy: Policy,
  held: readonly HeldCredential[],
  applications: readonly PendingApplication[],
  today: number,
): Standing {
  const [best] = assessAll(held, policy, today);
  if (best?.unmet === 0)
    return { state: 'held', rules: best.rules, validUntil: best.held.credential.attributes.expiry };
  const application = chooseApplication(applications, policy);
  if (application) return { state: 'applied', status: application.status as OpenStatus };
  if (best) {
    const { expiry } = best.held.credential.attributes;
    const onlyEnded = best.unmet === 1 && best.rules.some(({ code, met }) => code === 'expiry' && !met);
    return onlyEnded && expiry < today
      ? { state: 'ended', endedOn: expiry }
      : { state: 'held', rules: best.rules, validUntil: expiry };
  }
  return held.length > 0 ? { state: 'removed' } : { state: 'none' };
}
