import { fundExecution } from '../bridge/fund-execution.ts';
import { LockStateKeeper } from '../bridge/lock-state-keeper.ts';
import { Relayer } from '../bridge/relayer.ts';
import type { Chain } from '../chain/chain.ts';
import type { Frame } from '../frame.ts';
import type { Network } from '../network/network.ts';
import type { OpenChains } from '../network/open-chains.ts';
import type { Service, ServiceContext } from '../service-context.ts';
import { openServices } from '../services.ts';
import { openAttesting } from './open-attesting.ts';
import type { PartName } from './parts.ts';

export interface PartsToOpen {
  frame: Frame;
  context: ServiceContext;
  chains: OpenChains;
  /** The execution chain, when it runs in this process. */
  ownExecution: Chain | undefined;
  network: Network;
  runs: (part: PartName) => boolean;
  /** Secret scalars of the committee's members that run here. */
  members: readonly Uint8Array[];
}

/** Opens every part of this process that is no chain, in the order in which they need each other. */
export async function openParts(parts: PartsToOpen): Promise<void> {
  const { frame, context, runs } = parts;
  const mount = (services: Record<string, Service>) => {
    frame.mount(services);
    frame.atEnd(async () => {
      await Promise.all(Object.values(services).map((service) => service.close?.()));
    });
  };
  if (runs('anchorer')) await openAttesting(parts);
  if (runs('bridge')) {
    const relayer = new Relayer(context);
    frame.describe('bridge', () => relayer.state());
    frame.atEnd(() => relayer.close());
    const keeper = new LockStateKeeper(context);
    frame.atEnd(() => keeper.close());
    const funding = fundExecution(context).catch((error: unknown) =>
      context.report(`bridge: ${String(error)}`),
    );
    frame.atEnd(() => funding);
  }
  const services = await openServices(context, runs);
  for (const [name, { state }] of Object.entries(services))
    frame.describe(name, state ?? (() => ({ ok: true, words: 'serves', figures: {} })));
  mount(services);
}
