import { createDesk } from './desk/desk.ts';
import { createFacilitator } from './facilitator/facilitator.ts';
import { Settlements } from './facilitator/settlements.ts';
import { createFaucet } from './faucet/faucet.ts';
import { Coordinator } from './hsp/coordinator.ts';
import { createHsp } from './hsp/hsp.ts';
import { createIssuer } from './issuer/issuer.ts';
import type { Service, ServiceContext } from './service-context.ts';

/** Every service by the path below which it is mounted. */
export async function openServices(context: ServiceContext): Promise<Record<string, Service>> {
  const [issuer, faucet, coordinator, settlements] = await Promise.all([
    createIssuer(context),
    createFaucet(context),
    Coordinator.open(context),
    Settlements.open(context),
  ]);
  return {
    issuer,
    faucet,
    desk: createDesk(context),
    hsp: { app: createHsp(context, coordinator), close: () => coordinator.close() },
    x402: {
      app: createFacilitator(context, settlements, coordinator),
      close: () => settlements.close(),
    },
  };
}
