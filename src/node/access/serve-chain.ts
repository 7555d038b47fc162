import path from 'node:path';
import type { Chain } from '../chain/chain.ts';
import type { Frame } from '../frame.ts';
import type { Network } from '../network/network.ts';
import { Gate } from './gate.ts';
import type { AccessOptions } from './options.ts';

/** Serves a chain of this process: itself, or behind a gate when its reads are private. */
export function serveChain(
  frame: Frame,
  place: string,
  chain: Chain,
  { access, dataDir, network }: { access?: AccessOptions | undefined; dataDir: string; network: Network },
): void {
  if (access?.reads !== 'private' || place !== '/execution') return frame.serve(place, chain);
  const gate = new Gate({
    chain,
    directory: path.join(dataDir, 'access'),
    // As clients reach it, and as it is reached from here.
    urls: () => [...new Set([network.services.gateway, `${frame.url}${place}`])],
  });
  frame.atEnd(() => gate.close());
  frame.guard(gate);
  frame.serve(place, gate);
}
