import { HskError } from '../src/protocol/errors.ts';
import { wrapWorker } from './boundary.ts';

export interface StartedWorker<T> {
  /** Its calls never answer when the worker could not be started: pass them through `call`. */
  remote: T;
  /** The answer, or why there will be none. */
  call<R>(answer: Promise<R>): Promise<R>;
  /** Ends the worker; calls that wait are refused with the error. */
  end(error: HskError): void;
}

/**
 * Page side: a worker's calls, which are refused where a content security policy blocks the worker. That does
 * not throw where the worker is made.
 *
 * @param blocked code and words of that refusal
 */
export function startWorker<T>(
  worker: Worker,
  blocked: { code: string; shortMessage: string },
): StartedWorker<T> {
  let alive = false;
  let refuse: (error: HskError) => void;
  const over = new Promise<never>((_, reject) => (refuse = reject));
  over.catch(() => undefined);
  worker.addEventListener('message', () => (alive = true), { once: true });
  worker.addEventListener('error', (event) => {
    if (alive) return;
    refuse(
      new HskError(blocked.code, blocked.shortMessage, {
        details: event.message,
        action: 'Allow worker-src blob:, or pass createWorker with a worker of your own origin.',
      }),
    );
  });
  return {
    remote: wrapWorker<T>(worker),
    call: (answer) => Promise.race([answer, over]),
    end(error) {
      worker.terminate();
      refuse(error);
    },
  };
}
