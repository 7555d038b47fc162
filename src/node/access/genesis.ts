import { type Address, pad } from 'viem';
import { accessRegistrySlots as slots } from '../../contracts/abi/AccessRegistry.ts';
import { accessRegistryDeployedBytecode } from '../../contracts/bytecode/AccessRegistry.ts';
import { HskError } from '../../protocol/errors.ts';
import type { Chain, GenesisAccount } from '../chain/chain.ts';
import type { Access } from '../../protocol/profile.ts';
import { ACCESS_REGISTRY, mappingSlot, wordSlot } from './registry.ts';

/** Wei per gas: what wallets offer as a tip anyway. */
const MINIMUM_TIP = 1_000_000n;

/** The AccessRegistry as it stands in the first state: an admin, and what is said of the first accounts. */
export function accessGenesis(admin: Address, permissions: Record<Address, bigint>): GenesisAccount {
  return {
    nonce: 1n,
    code: accessRegistryDeployedBytecode,
    storage: {
      [wordSlot(slots.admin)]: pad(admin, { size: 32 }),
      [wordSlot(slots.minimumTip)]: wordSlot(MINIMUM_TIP),
      ...Object.fromEntries(
        Object.entries(permissions).map(([account, word]) => [
          mappingSlot(account as Address, slots.permissions),
          wordSlot(word),
        ]),
      ),
    },
  };
}

/**
 * What the options ask of the chain must have been there from its first block on.
 * @throws `ACCESS_REGISTRY_MISSING`, `ACCESS_OTHER_GAS`
 */
export async function checkAccess(execution: Chain, access: Access): Promise<void> {
  const free = execution.block(0n)!.header.baseFeePerGas === 0n;
  if (free !== (access.gas === 'free'))
    throw new HskError('ACCESS_OTHER_GAS', 'What gas costs is fixed by the first start of a data directory', {
      details: `the chain has ${free ? 'no' : 'a'} base fee, asked for --gas ${access.gas}`,
      action: `Start with --gas ${free ? 'free' : 'market'}, or with a new --data directory.`,
    });
  const closed = access.senders === 'admitted' || access.reads === 'private' || free;
  if (closed && (await execution.request('eth_getCode', [ACCESS_REGISTRY, 'latest'])) === '0x')
    throw new HskError('ACCESS_REGISTRY_MISSING', 'The chain has no AccessRegistry that could say who may', {
      details: ACCESS_REGISTRY,
      action: 'It is laid by the first start of a data directory: use a new one.',
    });
}
