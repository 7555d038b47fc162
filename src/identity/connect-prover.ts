import { proxyCallback, wrapWorker } from '../../workers/boundary.ts';
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
  const remote = wrapWorker<ProverApi>(worker);
  let alive = false;
  worker.addEventListener('message', () => (alive = true), { once: true });
  let end: (error: HskError) => void;
  const broken = new Promise<never>((_, reject) => (end = reject));
  broken.catch(() => undefined);
  // A CSP that blocks a worker does not throw where it is made.
  worker.addEventListener('error', (event) => {
    if (alive) return;
    end(
      new HskError('PROVER_WORKER', 'The prover could not be started', {
        details: event.message,
        action: 'Allow worker-src blob:, or pass createWorker with a worker of your own origin.',
      }),
    );
  });
  return {
    prepare: (pins, base) =>
      // A worker made from a blob cannot resolve a relative URL.
      Promise.race([remote.prepare(pins, new URL(base, document.baseURI).href), broken]),
    prove: (request, progress) => Promise.race([remote.prove(request, proxyCallback(progress)), broken]),
    terminate() {
      worker.terminate();
      end(new HskError('PROVER_STOPPED', 'The prover was stopped'));
    },
  };
}
