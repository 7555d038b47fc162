import type { Address } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import { blsAnchorRegistryAbi } from '../../contracts/abi/BlsAnchorRegistry.ts';
import { hongKongDollarAbi } from '../../contracts/abi/HongKongDollar.ts';
import { vaultAbi } from '../../contracts/abi/Vault.ts';
import { blsAnchorRegistryBytecode } from '../../contracts/bytecode/BlsAnchorRegistry.ts';
import { hongKongDollarBytecode } from '../../contracts/bytecode/HongKongDollar.ts';
import { vaultBytecode } from '../../contracts/bytecode/Vault.ts';
import type { MemberKey } from '../committee/bls.ts';
import type { Deployment } from './deployment.ts';
import { Plan } from './run-plan.ts';

/** Base units of the Hong Kong dollar that the treasury starts with: one billion dollars. */
const TREASURY_CASH = 1_000_000_000_000_000n;
/** Seconds that an anchor rests before withdrawals under it are paid. */
const MATURITY_SECONDS = 10n;
/** Seconds without an anchor after which holders may leave by proof of their own balance: one week. */
const ESCAPE_SECONDS = 604_800n;
/** Seconds that a pause of the Vault lasts, and by which it can hold back a payment at most: one day. */
const MAX_PAUSE_SECONDS = 86_400n;

export interface MainchainPlanParts {
  /** Owns the contracts, and as guardian may pause the Vault. */
  deployer: Address;
  treasury: Address;
  executionChainId: number;
  lockbox: Address;
  committee: { threshold: number; members: readonly MemberKey[] };
}

export function mainchainPlan(parts: MainchainPlanParts): { plan: Plan; addresses: Deployment['mainchain'] } {
  const { deployer, committee } = parts;
  const plan = new Plan(deployer);
  const stablecoin = plan.create(hongKongDollarAbi, hongKongDollarBytecode, [deployer]);
  const anchorRegistry = plan.create(blsAnchorRegistryAbi, blsAnchorRegistryBytecode, [
    deployer,
    BigInt(parts.executionChainId),
    MATURITY_SECONDS,
  ]);
  const vault = plan.create(vaultAbi, vaultBytecode, [
    deployer,
    deployer,
    anchorRegistry,
    parts.lockbox,
    ESCAPE_SECONDS,
    MAX_PAUSE_SECONDS,
  ]);
  plan.call(
    anchorRegistry,
    anchorRegistryAbi,
    'registerCommittee',
    [
      committee.members.map((member) => member.eip2537Key),
      committee.members.map((member) => member.eip2537Possession),
      BigInt(committee.threshold),
    ],
    5_000_000n,
  );
  plan.call(vault, vaultAbi, 'acceptAsset', [stablecoin, true]);
  plan.call(stablecoin, hongKongDollarAbi, 'mint', [parts.treasury, TREASURY_CASH]);
  return { plan, addresses: { anchorRegistry, vault, stablecoin } };
}
