import { Anchorer } from '../anchorer/anchorer.ts';
import { trustMethods } from '../anchorer/methods.ts';
import { fundExecution } from '../bridge/fund-execution.ts';
import { LockStateKeeper } from '../bridge/lock-state-keeper.ts';
import { Relayer } from '../bridge/relayer.ts';
import { openCommittee } from '../committee/open-committee.ts';
import { createCommitteeRoutes } from '../committee/routes.ts';
import type { Frame } from '../frame.ts';
import type { OpenChains } from '../network/open-chains.ts';
import { gateway } from '../remote/gateway.ts';
import type { Service, ServiceContext } from '../service-context.ts';
import { openServices } from '../services.ts';
import type { PartName } from './parts.ts';

export interface PartsToOpen {
  frame: Frame;
  context: ServiceContext;
  chains: OpenChains;
  runs: (part: PartName) => boolean;
  /** Secret scalars of the committee's members that run here. */
  members: readonly Uint8Array[];
}

/** Opens every part of this process that is no chain, in the order in which they need each other. */
export async function openParts({ frame, context, chains, runs, members }: PartsToOpen): Promise<void> {
  const mount = (services: Record<string, Service>) => {
    frame.mount(services);
    frame.atEnd(async () => {
      await Promise.all(Object.values(services).map((service) => service.close?.()));
    });
  };
  if (runs('anchorer')) {
    const committee = await openCommittee(context, members);
    frame.atEnd(() => committee.close());
    const anchorer = await Anchorer.open(context, committee.aggregator);
    frame.atEnd(() => anchorer.close());
    const methods = trustMethods(context, committee.aggregator, anchorer.log);
    const own = chains.served['/execution'];
    if (own) own.extend(methods);
    else frame.chains['/execution'] = gateway(chains.execution, methods);
    mount({ committee: { app: createCommitteeRoutes(committee.members) } });
  }
  if (runs('bridge')) {
    const relayer = new Relayer(context);
    frame.atEnd(() => relayer.close());
    const keeper = new LockStateKeeper(context);
    frame.atEnd(() => keeper.close());
    const funding = fundExecution(context).catch((error: unknown) =>
      context.report(`bridge: ${String(error)}`),
    );
    frame.atEnd(() => funding);
  }
  mount(await openServices(context, runs));
}
