import path from 'node:path';
import type { Frame } from '../frame.ts';
import type { OwnChains } from '../network/own-chains.ts';
import type { NodeIdentity } from '../start-node.ts';
import { auditorsOnly } from './auditors-only.ts';
import { Gate } from './gate.ts';
import { insiders } from './insiders.ts';
import { remoteViewers } from './remote-viewers.ts';

/** What would show other accounts' transactions past the gate of the chain. */
const WHOLE_RECORDS = ['/committee/:index/get/*', '/committee/:index/get-by-hash/*', '/hsp/payments'];

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
        urls: () => [network.services.gateway, network.execution.url, `${frame.url}/execution`],
      })
    : remoteViewers(network.execution.url);
  for (const route of WHOLE_RECORDS) frame.guard(route, auditorsOnly(viewers));
  if (!execution || !(viewers instanceof Gate)) return;
  frame.atEnd(() => viewers.close());
  frame.serve('/execution', insiders(execution, viewers, insider));
}
