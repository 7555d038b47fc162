import type { ProvingProgress, ProvingStage } from '../identity/prover-api.ts';
import { validityUntil } from '../identity/validity.ts';
import type { SerializedError } from '../protocol/errors.ts';
import type { Admission } from './admission.ts';

/** How an admission that stands is made anew, beside whatever else the buyer does. */
export type Renewal =
  | { phase: 'idle' }
  | { phase: 'proving'; stage: ProvingStage; fraction: number }
  | { phase: 'admitting'; sent: boolean }
  | { phase: 'done' }
  | { phase: 'failed'; error: SerializedError };

export type RenewalEvent =
  | { type: 'begin' }
  | ({ type: 'progress' } & ProvingProgress)
  | { type: 'proved' }
  | { type: 'sent' }
  | { type: 'admitted' }
  | { type: 'failed'; error: SerializedError };

export const noRenewal: Renewal = { phase: 'idle' };

/** One function from (phase, event) to phase. An event that does not belong to it leaves it as it is. */
export function renewal(state: Renewal, event: RenewalEvent): Renewal {
  switch (event.type) {
    case 'begin':
      return isRenewing(state) ? state : { phase: 'proving', stage: 'artefacts', fraction: 0 };
    case 'progress':
      return state.phase === 'proving'
        ? { ...state, stage: event.stage, fraction: Math.max(state.fraction, event.fraction) }
        : state;
    case 'proved':
      return state.phase === 'proving' ? { phase: 'admitting', sent: false } : state;
    case 'sent':
      return state.phase === 'admitting' ? { ...state, sent: true } : state;
    case 'admitted':
      return state.phase === 'admitting' ? { phase: 'done' } : state;
    case 'failed':
      return isRenewing(state) ? { phase: 'failed', error: event.error } : state;
  }
}

export function isRenewing({ phase }: Renewal): boolean {
  return phase === 'proving' || phase === 'admitting';
}

/**
 * Why an admission is to be proven again: the fund's policy was changed, its time is over, or will be within the
 * days of warning. `undefined` while it is good, where there never was one, and where the issuer has ended it.
 *
 * @param now seconds since 1970
 */
export function renewalReason(admission: Admission, now: number): 'policy' | 'lapsed' | 'ending' | undefined {
  if (admission.expiry === 0n || admission.revoked) return undefined;
  if (admission.epochBehind) return 'policy';
  const validity = validityUntil(Number(admission.expiry), now);
  return validity === 'ended' ? 'lapsed' : validity === 'ending' ? 'ending' : undefined;
}
