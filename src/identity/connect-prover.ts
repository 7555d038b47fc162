import { proxyCallback } from '../../workers/boundary.ts';
import { startWorker } from '../../workers/start-worker.ts';
import { HskError } from '../protocol/errors.ts';
import type { ProverApi } from './prover-api.ts';

export interface ConnectProverOptions {
  /** For hosts whose CSP forbids `blob:` workers: a worker from their own origin. */
  createWorker?: () => Worker;
}

/** Starts the prover's worker. A plain function may be passed as `progress`. */
export function connectProver(options: ConnectProverOptions = {}): ProverApi & { terminate(): void } {
  const worker = options.createWorker
    ? options.createWorker()
    : new Worker(new URL('../../workers/prover.worker.ts', import.meta.url), { type: 'module' });
  const { remote, call, end } = startWorker<ProverApi>(worker, {
    code: 'PROVER_WORKER',
    shortMessage: 'The prover could not be started',
  });
  return {
    prepare: (pins, base) =>
      // A worker made from a blob cannot resolve a relative URL.
      call(remote.prepare(pins, new URL(base, document.baseURI).href)),
    prove: (request, progress) => call(remote.prove(request, proxyCallback(progress))),
    terminate: () => end(new HskError('PROVER_STOPPED', 'The prover was stopped')),
  };
}
