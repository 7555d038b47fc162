import type { LightClient } from '../src/light-client/light-client.ts';
import type { EvmApi } from '../src/light-client/evm/evm-api.ts';
import { exposeApi, proxyObject, wrapWorker } from './boundary.ts';

/** A fixed list: whoever holds the endpoint reaches these calls and nothing behind them. */
export function exposeLightClient(client: LightClient): void {
  exposeApi({
    start: client.start.bind(client),
    status: client.status.bind(client),
    subscribe: client.subscribe.bind(client),
    unsubscribe: client.unsubscribe.bind(client),
    read: client.read.bind(client),
    evidence: client.evidence.bind(client),
    request: client.request.bind(client),
    requestUnverified: client.requestUnverified.bind(client),
    header: client.header.bind(client),
    signInTerms: client.signInTerms.bind(client),
    signIn: client.signIn.bind(client),
    signOut: client.signOut.bind(client),
    pace: client.pace.bind(client),
    /** The page opens the EVM's worker, and ends it. */
    useEvm: (open: () => Promise<MessagePort>, end: () => void) =>
      client.useEvm(async () => {
        const evm = wrapWorker<EvmApi>(await open());
        return {
          run: (task, source) => evm.run(task, proxyObject(source)),
          ping: () => evm.ping(),
          end,
        };
      }),
  });
}
