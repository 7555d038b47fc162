import path from 'node:path';
import { type Address, type Hex, pad, parseEther } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { lockboxSlots } from '../contracts/abi/Lockbox.ts';
import { lockboxDeployedBytecode } from '../contracts/bytecode/Lockbox.ts';
import { accessGenesis, checkAccess } from './access/genesis.ts';
import { type AccessOptions, OPEN_ACCESS } from './access/options.ts';
import { ACCESS_REGISTRY, ADMITTED, ADMITTER, COMPLIANCE, DEPLOYER, FREE_GAS } from './access/registry.ts';
import { RegistrySenders } from './access/senders.ts';
import { type Chain, type GenesisAlloc, openExecutionChain, openMainchain } from './chain/chain.ts';
import { type ChainClient, createChainClient } from './chain-client.ts';
import type { NodeKeys, Role } from './keys/node-keys.ts';

export interface OpenChains {
  mainchain: Chain;
  execution: Chain;
  mainchainClient: ChainClient;
  executionClient: ChainClient;
  /** Sorted, as the headers list them. */
  validators: Address[];
  close(): Promise<void>;
}

/** Where OP Stack puts the message passer, so that its tools find the Lockbox. */
export const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';

/** Native currency of the first state, in wei. The faucet's pays for a hundred thousand newcomers. */
const FAUCET_BALANCE = parseEther('1000000');
const ROLE_BALANCE = parseEther('10000');

/** Opens both chains, and with a new directory lays their first state. */
export async function openChains(
  dataDir: string,
  keys: NodeKeys,
  access: AccessOptions = OPEN_ACCESS,
): Promise<OpenChains> {
  const mainchain = await openMainchain({
    directory: path.join(dataDir, 'mainchain'),
    validatorKeys: keys.validators,
    alloc: funded(keys, ['deployer', 'anchorer', 'relayer', 'treasury']),
  });
  try {
    const execution = await openExecutionChain({
      directory: path.join(dataDir, 'execution'),
      alloc: {
        ...funded(keys, ['deployer', 'relayer', 'issuer', 'desk', 'treasury', 'facilitator', 'hspOperator']),
        [keys.accounts.faucet.address]: { balance: FAUCET_BALANCE },
        [LOCKBOX]: lockboxGenesis(keys),
        [ACCESS_REGISTRY]: accessGenesis(keys.accounts.deployer.address, permissions(keys)),
      },
      gas: access.gas,
      senders: new RegistrySenders({ ...access, deployersOnly: access.reads === 'private' }),
    });
    await checkAccess(execution, access).catch(async (error: unknown) => {
      await execution.close();
      throw error;
    });
    return {
      mainchain,
      execution,
      mainchainClient: createChainClient(mainchain, { name: 'Mainchain', currency: 'ETH' }),
      executionClient: createChainClient(execution, { name: 'Execution chain', currency: 'HSK' }),
      validators: keys.validators.map((key) => privateKeyToAddress(key).toLowerCase() as Address).toSorted(),
      async close() {
        await execution.close();
        await mainchain.close();
      },
    };
  } catch (error) {
    await mainchain.close();
    throw error;
  }
}

function funded(keys: NodeKeys, roles: Role[]): GenesisAlloc {
  return Object.fromEntries(roles.map((role) => [keys.accounts[role].address, { balance: ROLE_BALANCE }]));
}

/** The node's own accounts send whatever the rules are; each may what its service has to do. */
function permissions({ accounts }: NodeKeys): Record<Address, bigint> {
  const more: Partial<Record<Role, bigint>> = {
    deployer: DEPLOYER,
    faucet: ADMITTER,
    issuer: ADMITTER | COMPLIANCE,
  };
  return Object.fromEntries(
    Object.entries(accounts).map(([role, { address }]) => [
      address,
      ADMITTED | FREE_GAS | (more[role as Role] ?? 0n),
    ]),
  );
}

/** The Lockbox has no constructor: who owns it and who relays stand in its storage. */
function lockboxGenesis({ accounts }: NodeKeys): GenesisAlloc[Address] {
  const slot = (position: bigint): Hex => `0x${position.toString(16).padStart(64, '0')}`;
  return {
    nonce: 1n,
    code: lockboxDeployedBytecode,
    storage: {
      [slot(lockboxSlots.owner)]: pad(accounts.deployer.address, { size: 32 }),
      [slot(lockboxSlots.relayer)]: pad(accounts.relayer.address, { size: 32 }),
    },
  };
}
