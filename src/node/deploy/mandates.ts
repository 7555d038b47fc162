import type { Address } from 'viem';
import { identityRegistryAbi } from '../../contracts/abi/IdentityRegistry.ts';
import { mandateRegistryAbi } from '../../contracts/abi/MandateRegistry.ts';
import { mandateSettlementAbi } from '../../contracts/abi/MandateSettlement.ts';
import { mandateRegistryBytecode } from '../../contracts/bytecode/MandateRegistry.ts';
import { mandateSettlementBytecode } from '../../contracts/bytecode/MandateSettlement.ts';
import { mandateScope } from '../../protocol/agent-mandate.ts';
import { STABLECOIN } from '../../protocol/eip3009.ts';
import { type Policy, policyHash } from '../../protocol/zkid.ts';
import { ALLOWED_COUNTRIES } from './countries.ts';
import { type Plan } from './run-plan.ts';

/** Who may stand behind an agent: a verified adult or business. */
export const PRINCIPALS: Policy = {
  allowedCountries: [...ALLOWED_COUNTRIES],
  kindMask: 3,
  minTier: 1,
  minAge: 18,
  mustBeScreened: true,
  maxGeneration: 7,
};

const MOST_AGENTS = 16;
/** Seconds. */
const PROOF_LIFETIME = 30 * 86_400;
/** Base units of the stablecoin that all agents of one principal may spend in a day. */
const DAILY_LIMIT = 50_000n * 10n ** BigInt(STABLECOIN.decimals);

export interface MandateContracts {
  mandateRegistry: Address;
  mandateSettlement: Address;
}

/** Puts the registry of mandates and the contract that settles within them in place. */
export function planMandates(
  plan: Plan,
  parts: {
    deployer: Address;
    chainId: number;
    identityRegistry: Address;
    stablecoin: Address;
    verifierVersion: number;
  },
): MandateContracts {
  const { deployer, chainId, identityRegistry, stablecoin, verifierVersion } = parts;
  const mandateRegistry = plan.create(mandateRegistryAbi, mandateRegistryBytecode, [
    deployer,
    identityRegistry,
  ]);
  const service = plan.create(mandateSettlementAbi, mandateSettlementBytecode, [mandateRegistry]);
  const scope = mandateScope(chainId, mandateRegistry, service);
  const terms = [service, policyHash(PRINCIPALS), scope, verifierVersion, 0];
  plan.call(identityRegistry, identityRegistryAbi, 'setPolicy', terms);
  plan.call(mandateRegistry, mandateRegistryAbi, 'setService', [service, MOST_AGENTS, PROOF_LIFETIME]);
  plan.call(mandateRegistry, mandateRegistryAbi, 'setDailyLimit', [service, stablecoin, DAILY_LIMIT]);
  return { mandateRegistry, mandateSettlement: service };
}
