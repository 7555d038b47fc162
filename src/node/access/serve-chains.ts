import path from 'node:path';
import type { Frame } from '../frame.ts';
import type { OwnChains } from '../network/own-chains.ts';
import type { NodeIdentity } from '../start-node.ts';
import { auditorsOnly } from './auditors-only.ts';
import { Gate } from './gate.ts';
import { insiders } from './insiders.ts';
import { remoteViewers } from './remote-viewers.ts';

/** What would show other accounts' payments past the gate of the chain. Members guard what they hold themselves. */
const WHOLE_RECORDS = '/hsp/payments';

/** Serves the chains of this process, an execution chain whose reads are private through its gate. */
export function serveChains(
  frame: Frame,
  { mainchain, execution }: OwnChains,
  { network, insider }: NodeIdentity,
  dataDir: string,
): void {
  if (mainchain) frame.serve('/mainchain', mainchain);
  if (network.execution.access.reads === 'public') {
    if (execution) frame.serve('/execution', execution);
    return;
  }
  const viewers = execution
    ? new Gate({
        chain: execution,
        directory: path.join(dataDir, 'access'),
        senders: network.execution.access.senders,
        urls: () => [network.services.gateway, network.execution.url, `${frame.url}/execution`],
      })
    : remoteViewers(network.execution.url);
  frame.guard(WHOLE_RECORDS, auditorsOnly(viewers));
  if (!execution || !(viewers instanceof Gate)) return;
  frame.atEnd(() => viewers.close());
  frame.serve('/execution', insiders(execution, viewers, insider));
}
