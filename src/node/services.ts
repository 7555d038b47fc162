import { createDesk } from './desk/desk.ts';
import { createFacilitator } from './facilitator/facilitator.ts';
import { Settlements } from './facilitator/settlements.ts';
import { createFaucet } from './faucet/faucet.ts';
import { Coordinator } from './hsp/coordinator.ts';
import { createHsp } from './hsp/hsp.ts';
import { createIssuer } from './issuer/issuer.ts';
import type { PartName } from './parts/parts.ts';
import type { Service, ServiceContext } from './service-context.ts';

/** The services of this process by the path below which each is mounted. */
export async function openServices(
  context: ServiceContext,
  runs: (part: PartName) => boolean,
): Promise<Record<string, Service>> {
  const [issuer, faucet, hsp] = await Promise.all([
    runs('issuer') && createIssuer(context),
    runs('faucet') && createFaucet(context),
    runs('hsp') && openHsp(context),
  ]);
  return {
    ...(issuer && { issuer }),
    ...(faucet && { faucet }),
    ...(runs('desk') && { desk: createDesk(context) }),
    ...hsp,
  };
}

/** The Coordinator and the facilitator: a payment that the one settles is observed by the other. */
async function openHsp(context: ServiceContext): Promise<Record<'hsp' | 'x402', Service>> {
  const [coordinator, settlements] = await Promise.all([
    Coordinator.open(context),
    Settlements.open(context),
  ]);
  return {
    hsp: { app: createHsp(context, coordinator), close: () => coordinator.close() },
    x402: {
      app: createFacilitator(context, settlements, coordinator),
      close: () => settlements.close(),
    },
  };
}
