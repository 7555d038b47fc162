import { transferPort } from '../../workers/boundary.ts';
import { HskError } from '../protocol/errors.ts';

/** Milliseconds that the EVM's worker may take to start. */
const PATIENCE = 15_000;

/** A started worker and the port to the EVM in it, for the light client's worker. */
export interface EvmWorker {
  port: MessagePort;
  end(): void;
}

/**
 * Starts the EVM in a worker of its own.
 *
 * @param createWorker for hosts whose CSP forbids `blob:` workers
 * @throws `EVM_WORKER` when it does not start
 */
export async function openEvm(createWorker?: () => Worker): Promise<EvmWorker> {
  const worker = createWorker
    ? createWorker()
    : new Worker(new URL('../../workers/evm.worker.ts', import.meta.url), { type: 'module' });
  const { port1, port2 } = new MessageChannel();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      // A CSP that blocks a worker does not throw where it is made.
      const broken = (why: string) =>
        reject(
          new HskError('EVM_WORKER', 'The local EVM could not be started', {
            details: why,
            action: 'Allow worker-src blob:, or pass createEvmWorker with a worker of your own origin.',
          }),
        );
      timer = setTimeout(() => broken(`no answer in ${PATIENCE} ms`), PATIENCE);
      worker.addEventListener('error', ({ message }) => broken(message), { once: true });
      worker.addEventListener('message', () => resolve(), { once: true });
      worker.postMessage(port2, [port2]);
    });
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { port: transferPort(port1), end: () => worker.terminate() };
}
