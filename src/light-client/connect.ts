import { proxyCallback, wrapWorker } from '../../workers/boundary.ts';
import { HskError } from '../protocol/errors.ts';
import type { LightClientApi } from './light-client-api.ts';

export interface ConnectOptions {
  /**
   * For hosts whose CSP forbids `blob:` workers: a worker from their own origin. For a profile whose mainchain is proven
   * from Ethereum: `createEthereumWorker`, or the host's own `light-client-ethereum`.
   */
  createWorker?: () => Worker;
  /** The same for the worker of the local EVM, which the first `eth_call` or `eth_estimateGas` starts. */
  createEvmWorker?: () => Worker;
}

/** What the worker answers to the page that started it, and to nobody beyond. */
interface WorkerApi extends LightClientApi {
  useEvm(open: () => Promise<MessagePort>, end: () => void): Promise<void>;
}

/**
 * Starts the light client's worker. Plain listeners may be passed to `subscribe`; polling follows the
 * page's visibility.
 */
export function connectLightClient(options: ConnectOptions = {}): LightClientApi & { terminate(): void } {
  const worker = options.createWorker
    ? options.createWorker()
    : new Worker(new URL('../../workers/light-client.worker.ts', import.meta.url), { type: 'module' });
  const remote = wrapWorker<WorkerApi>(worker);
  let alive = false;
  worker.addEventListener('message', () => (alive = true), { once: true });
  // A CSP that blocks a worker does not throw where it is made.
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      if (alive) return;
      reject(
        new HskError('LIGHT_CLIENT_WORKER', 'The light client could not be started', {
          details: event.message,
          action: 'Allow worker-src blob:, or pass createWorker with a worker of your own origin.',
        }),
      );
    });
  });
  broken.catch(() => undefined);
  const call = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, broken]);

  let endEvm: (() => void) | undefined;
  const stopEvm = () => {
    endEvm?.();
    endEvm = undefined;
  };
  void remote.useEvm(
    proxyCallback(async () => {
      stopEvm();
      const { openEvm } = await import('./open-evm.ts');
      const { port, end } = await openEvm(options.createEvmWorker);
      endEvm = end;
      return port;
    }),
    proxyCallback(stopEvm),
  );

  const followVisibility = () => void remote.pace(document.visibilityState === 'hidden' ? 'idle' : 'active');
  document.addEventListener('visibilitychange', followVisibility);
  // Back on the network, or off it: the client asks at once instead of at its next turn.
  for (const event of ['online', 'offline']) window.addEventListener(event, followVisibility);
  return {
    start: (profile) => call(remote.start(profile)),
    status: () => call(remote.status()),
    subscribe: (listener) => call(remote.subscribe(proxyCallback(listener))),
    unsubscribe: (id) => call(remote.unsubscribe(id)),
    read: (query) => call(remote.read(query)),
    evidence: (id) => call(remote.evidence(id)),
    request: (args) => call(remote.request(args)),
    requestUnverified: (args) => call(remote.requestUnverified(args)),
    header: (number) => call(remote.header(number)),
    signInTerms: () => call(remote.signInTerms()),
    signIn: (signed) => call(remote.signIn(signed)),
    signOut: () => call(remote.signOut()),
    pace: (pace) => call(remote.pace(pace)),
    terminate() {
      document.removeEventListener('visibilitychange', followVisibility);
      for (const event of ['online', 'offline']) window.removeEventListener(event, followVisibility);
      worker.terminate();
      stopEvm();
    },
  };
}
