import { startWorker } from '../../workers/start-worker.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { CheckedEvidence } from './check-evidence.ts';
import { offerEvm, type UsesEvm } from './offer-evm.ts';

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
    /** The same for the worker of the local EVM, which the first document about a call starts. */
    createEvmWorker?: () => Worker;
  } = {},
): CheckerApi & { terminate(): void } {
  const worker = options.createWorker
    ? options.createWorker()
    : new Worker(new URL('../../workers/evidence.worker.ts', import.meta.url), { type: 'module' });
  const { remote, call, end } = startWorker<CheckerApi & UsesEvm>(worker, {
    code: 'CHECKER_WORKER',
    shortMessage: 'Evidence cannot be verified in this page',
  });
  const stopEvm = offerEvm(remote, options.createEvmWorker);
  return {
    check: (profile, text) => call(remote.check(profile, text)),
    terminate() {
      end(new HskError('CHECKER_STOPPED', 'Nothing is verified any more'));
      stopEvm();
    },
  };
}
