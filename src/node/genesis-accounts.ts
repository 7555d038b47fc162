import { type Address, type Hex, pad, parseEther } from 'viem';
import { lockboxSlots } from '../contracts/abi/Lockbox.ts';
import { lockboxDeployedBytecode } from '../contracts/bytecode/Lockbox.ts';
import { accessGenesis } from './access/genesis.ts';
import { ACCESS_REGISTRY, ADMITTED, ADMITTER, COMPLIANCE, DEPLOYER, FREE_GAS } from './access/registry.ts';
import type { GenesisAlloc } from './chain/chain.ts';
import type { Role } from './keys/node-keys.ts';

/** Where OP Stack puts the message passer, so that its tools find the Lockbox. */
export const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';

/** Native currency of the first state, in wei. The faucet's pays for a hundred thousand newcomers. */
const FAUCET_BALANCE = parseEther('1000000');
const ROLE_BALANCE = parseEther('10000');

/** Roles that send transactions on the execution chain, the faucet apart. */
export const EXECUTION_SENDERS: readonly Role[] = [
  'deployer',
  'relayer',
  'issuer',
  'desk',
  'treasury',
  'facilitator',
  'hspOperator',
];

type Addresses = Readonly<Record<Role, Address>>;

/** The first state of the mainchain. */
export function mainchainAlloc(addresses: Addresses): GenesisAlloc {
  return funded(addresses, ['deployer', 'anchorer', 'relayer', 'treasury']);
}

/** The first state of the execution chain. */
export function executionAlloc(addresses: Addresses): GenesisAlloc {
  return {
    ...funded(addresses, EXECUTION_SENDERS),
    [addresses.faucet]: { balance: FAUCET_BALANCE },
    [LOCKBOX]: lockboxGenesis(addresses),
    [ACCESS_REGISTRY]: accessGenesis(addresses.deployer, permissions(addresses)),
  };
}

/** The node's own accounts send whatever the rules are; each may what its service has to do. */
function permissions(addresses: Addresses): Record<Address, bigint> {
  const more: Partial<Record<Role, bigint>> = {
    deployer: DEPLOYER,
    faucet: ADMITTER,
    issuer: ADMITTER | COMPLIANCE,
  };
  return Object.fromEntries(
    Object.entries(addresses).map(([role, address]) => [
      address,
      ADMITTED | FREE_GAS | (more[role as Role] ?? 0n),
    ]),
  );
}

function funded(addresses: Addresses, roles: readonly Role[]): GenesisAlloc {
  return Object.fromEntries(roles.map((role) => [addresses[role], { balance: ROLE_BALANCE }]));
}

/** The Lockbox has no constructor: who owns it and who relays stand in its storage. */
function lockboxGenesis(addresses: Addresses): GenesisAlloc[Address] {
  const slot = (position: bigint): Hex => `0x${position.toString(16).padStart(64, '0')}`;
  return {
    nonce: 1n,
    code: lockboxDeployedBytecode,
    storage: {
      [slot(lockboxSlots.owner)]: pad(addresses.deployer, { size: 32 }),
      [slot(lockboxSlots.relayer)]: pad(addresses.relayer, { size: 32 }),
    },
  };
}
