import { proxyCallback, transferPort } from '../../workers/boundary.ts';
import { startWorker } from '../../workers/start-worker.ts';
import { HskError } from '../protocol/errors.ts';
import type { ProverApi, ProverWorkerApi } from './prover-api.ts';

export interface ConnectProverOptions {
  /**
   * For hosts whose CSP forbids `blob:` workers: a worker from their own origin. Called twice: the second worker
   * takes half of the sums.
   */
  createWorker?: () => Worker;
  /** 1 does without the second worker; 2 where the machine has two cores. */
  threads?: 1 | 2;
}

/** Starts the prover's workers. A plain function may be passed as `progress`. */
export function connectProver(options: ConnectProverOptions = {}): ProverApi & { terminate(): void } {
  const start = () =>
    startWorker<ProverWorkerApi>(
      options.createWorker
        ? options.createWorker()
        : new Worker(new URL('../../workers/prover.worker.ts', import.meta.url), { type: 'module' }),
      { code: 'PROVER_WORKER', shortMessage: 'The prover could not be started' },
    );
  const { remote, call, end } = start();
  const threads = options.threads ?? Math.min(2, navigator.hardwareConcurrency || 1);
  let second: ReturnType<typeof start> | undefined;
  // Where it cannot be started nothing answers on its port, and the first goes on alone.
  const employSecond = () => {
    if (second || threads < 2) return;
    second = start();
    const { port1, port2 } = new MessageChannel();
    for (const answer of [remote.employ(transferPort(port1)), second.remote.multiplyFor(transferPort(port2))])
      answer.catch(() => undefined);
  };
  return {
    prepare: (pins, base) => {
      employSecond();
      // A worker made from a blob cannot resolve a relative URL.
      return call(remote.prepare(pins, new URL(base, document.baseURI).href));
    },
    prove: (request, progress) => call(remote.prove(request, proxyCallback(progress))),
    proveAhead: (request) => call(remote.proveAhead(request)),
    forget: () => call(remote.forget()),
    terminate() {
      const stopped = new HskError('PROVER_STOPPED', 'The prover was stopped');
      end(stopped);
      second?.end(stopped);
    },
  };
}
