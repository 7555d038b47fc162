import { proxyCallback } from '../../workers/boundary.ts';
import { startWorker } from '../../workers/start-worker.ts';
import { HskError } from '../protocol/errors.ts';
import type { LightClientApi } from './light-client-api.ts';
import { offerEvm, type UsesEvm } from './offer-evm.ts';

export interface ConnectOptions {
  /**
   * For hosts whose CSP forbids `blob:` workers: a worker from their own origin. For a profile whose mainchain is proven
   * from Ethereum: `createEthereumWorker`, or the host's own `light-client-ethereum`.
   */
  createWorker?: () => Worker;
  /** The same for the worker of the local EVM, which the first `eth_call` or `eth_estimateGas` starts. */
  createEvmWorker?: () => Worker;
}

/**
 * Starts the light client's worker. Plain listeners may be passed to `subscribe`; polling follows the
 * page's visibility.
 */
export function connectLightClient(options: ConnectOptions = {}): LightClientApi & { terminate(): void } {
  const worker = options.createWorker
    ? options.createWorker()
    : new Worker(new URL('../../workers/light-client.worker.ts', import.meta.url), { type: 'module' });
  const { remote, call, end } = startWorker<LightClientApi & UsesEvm>(worker, {
    code: 'LIGHT_CLIENT_WORKER',
    shortMessage: 'The light client could not be started',
  });
  const stopEvm = offerEvm(remote, options.createEvmWorker);
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
      end(new HskError('LIGHT_CLIENT_STOPPED', 'The light client was stopped'));
      stopEvm();
    },
  };
}
