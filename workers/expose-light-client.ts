import type { LightClient } from '../src/light-client/light-client.ts';
import { exposeApi } from './boundary.ts';
import { remoteEvm } from './remote-evm.ts';

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
    useEvm: (open: () => Promise<MessagePort>, end: () => void) => client.useEvm(remoteEvm(open, end)),
  });
}
