import { startWorker } from '../../workers/start-worker.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { CheckedEvidence } from './check-evidence.ts';

/** The evidence worker, as the page sees it. */
export interface CheckerApi {
  /** See `checkEvidence`. */
  check(profile: ChainProfile, text: string): Promise<CheckedEvidence>;
}

/** Starts the worker that verifies evidence documents. */
export function connectChecker(
  options: {
    /** For hosts whose CSP forbids `blob:` workers: a worker from their own origin. */
    createWorker?: () => Worker;
  } = {},
): CheckerApi & { terminate(): void } {
  const worker = options.createWorker
    ? options.createWorker()
    : new Worker(new URL('../../workers/evidence.worker.ts', import.meta.url), { type: 'module' });
  const { remote, call, end } = startWorker<CheckerApi>(worker, {
    code: 'CHECKER_WORKER',
    shortMessage: 'Evidence cannot be verified in this page',
  });
  return {
    check: (profile, text) => call(remote.check(profile, text)),
    terminate: () => end(new HskError('CHECKER_STOPPED', 'Nothing is verified any more')),
  };
}
