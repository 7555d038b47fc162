import type { Address } from 'viem';
import { accessRegistryAbi } from '../../contracts/abi/AccessRegistry.ts';
import { dvPSettlementAbi } from '../../contracts/abi/DvPSettlement.ts';
import { fundTokenAbi } from '../../contracts/abi/FundToken.ts';
import { hongKongDollarAbi } from '../../contracts/abi/HongKongDollar.ts';
import { identityRegistryAbi } from '../../contracts/abi/IdentityRegistry.ts';
import { lockboxAbi } from '../../contracts/abi/Lockbox.ts';
import { zkidVerifierAbi } from '../../contracts/abi/ZkidVerifier.ts';
import { dvPSettlementBytecode } from '../../contracts/bytecode/DvPSettlement.ts';
import { fundTokenBytecode } from '../../contracts/bytecode/FundToken.ts';
import { hongKongDollarBytecode } from '../../contracts/bytecode/HongKongDollar.ts';
import { identityRegistryBytecode } from '../../contracts/bytecode/IdentityRegistry.ts';
import { zkidVerifierBytecode } from '../../contracts/bytecode/ZkidVerifier.ts';
import { admitsBusinesses, countryDisclosure } from '../../protocol/country-disclosure.ts';
import { admissionScope, policyHash } from '../../protocol/zkid.ts';
import { ACCESS_REGISTRY } from '../access/registry.ts';
import { DISCLOSED_COUNTRIES } from './countries.ts';
import type { Deployment } from './deployment.ts';
import { disclosures } from './disclosures.ts';
import { lockboxCreation } from './lockbox-creation.ts';
import { planMandates } from './mandates.ts';
import { OFFERINGS } from './offering.ts';
import { roleId } from './roles.ts';
import { Plan } from './run-plan.ts';

/** Version of the verifier that the registry is made with. */
const FIRST_VERIFIER = 1;

export interface ExecutionPlanParts {
  deployer: Address;
  issuer: Address;
  desk: Address;
  relayer: Address;
  chainId: number;
  /** Where the genesis has it; absent on a foreign chain, where it is created. */
  lockbox: Address | undefined;
  /** The Hong Kong dollar of the mainchain, which the Vault holds. */
  underlying: Address;
}

export function executionPlan(parts: ExecutionPlanParts): {
  plan: Plan;
  addresses: Deployment['execution'];
  tokens: { symbol: string; token: Address }[];
} {
  const { deployer } = parts;
  const plan = new Plan(deployer);
  const lockbox = parts.lockbox ?? plan.createFrom(lockboxCreation(deployer, parts.relayer));
  const stablecoin = plan.create(hongKongDollarAbi, hongKongDollarBytecode, [deployer]);
  const verifier = plan.create(zkidVerifierAbi, zkidVerifierBytecode);
  const identityRegistry = plan.create(identityRegistryAbi, identityRegistryBytecode, [deployer, verifier]);
  const settlement = plan.create(dvPSettlementAbi, dvPSettlementBytecode, [deployer]);
  const tokens = OFFERINGS.map((offering) => ({
    symbol: offering.symbol,
    offering,
    token: plan.create(fundTokenAbi, fundTokenBytecode, [
      offering.name,
      offering.symbol,
      deployer,
      identityRegistry,
    ]),
  }));
  // Only the bridge makes dollars here, so each is backed by one in the Vault.
  plan.call(stablecoin, hongKongDollarAbi, 'grantRole', [roleId('MINTER_ROLE'), lockbox]);
  plan.call(stablecoin, hongKongDollarAbi, 'renounceRole', [roleId('MINTER_ROLE'), deployer]);
  plan.call(lockbox, lockboxAbi, 'setAsset', [parts.underlying, stablecoin]);
  plan.call(identityRegistry, identityRegistryAbi, 'grantRole', [roleId('ISSUER_ROLE'), parts.issuer]);
  for (const { token, offering } of tokens) {
    const scope = admissionScope(parts.chainId, token, offering.scopeTag);
    plan.call(identityRegistry, identityRegistryAbi, 'setPolicy', [
      token,
      policyHash(offering.policy),
      scope,
      FIRST_VERIFIER,
      0,
    ]);
    for (const country of admitsBusinesses(offering.policy) ? DISCLOSED_COUNTRIES : [])
      plan.call(identityRegistry, identityRegistryAbi, 'setDisclosure', [
        token,
        policyHash(countryDisclosure(offering.policy, country)),
        country,
      ]);
    plan.call(token, fundTokenAbi, 'addAgent', [settlement]);
    plan.call(settlement, dvPSettlementAbi, 'setPrimarySeller', [token, parts.desk, true]);
  }
  const mandates = planMandates(plan, {
    deployer,
    chainId: parts.chainId,
    identityRegistry,
    stablecoin,
    verifierVersion: FIRST_VERIFIER,
  });
  const addresses = { lockbox, stablecoin, identityRegistry, settlement, ...mandates };
  // A foreign chain has rules of its own.
  const shown = parts.lockbox
    ? disclosures(
        addresses,
        tokens.map(({ token }) => token),
      )
    : [];
  for (const [subject, word, slots] of shown)
    plan.call(ACCESS_REGISTRY, accessRegistryAbi, 'setDisclosure', [subject, word, slots], 2_000_000n);
  return {
    plan,
    addresses,
    tokens: tokens.map(({ symbol, token }) => ({ symbol, token })),
  };
}
