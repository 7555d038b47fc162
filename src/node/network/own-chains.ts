import path from 'node:path';
import type { Hex } from 'viem';
import { checkAccess } from '../access/genesis.ts';
import { RegistrySenders } from '../access/senders.ts';
import { type Chain, openExecutionChain, openMainchain } from '../chain/chain.ts';
import { executionAlloc, mainchainAlloc } from '../genesis-accounts.ts';
import { genesisMethod } from '../remote/genesis-method.ts';
import type { Network } from './network.ts';

/** The chains that run in this process. */
export interface OwnChains {
  mainchain?: Chain | undefined;
  execution?: Chain | undefined;
  close(): Promise<void>;
}

export interface OwnChainsOptions {
  dataDir: string;
  network: Network;
  /** Keys of the validators, when the mainchain runs here. */
  validators: Hex[] | undefined;
  /** Whether the execution chain runs here. */
  embedded: boolean;
}

/** Opens the chains of this process, and with a new directory lays their first state. */
export async function openOwnChains(options: OwnChainsOptions): Promise<OwnChains> {
  const { dataDir, network, validators, embedded } = options;
  const mainchain =
    validators &&
    (await openMainchain({
      directory: path.join(dataDir, 'mainchain'),
      chainId: network.mainchain.chainId,
      validatorKeys: validators,
      alloc: mainchainAlloc(network.accounts),
    }));
  try {
    const execution = embedded ? await openEngine(dataDir, network) : undefined;
    return {
      mainchain,
      execution,
      async close() {
        await execution?.close();
        await mainchain?.close();
      },
    };
  } catch (error) {
    await mainchain?.close();
    throw error;
  }
}

async function openEngine(dataDir: string, { execution, accounts }: Network): Promise<Chain> {
  const { access } = execution;
  const chain = await openExecutionChain({
    directory: path.join(dataDir, 'execution'),
    chainId: execution.chainId,
    alloc: executionAlloc(accounts),
    gas: access.gas,
    senders: new RegistrySenders({ ...access, deployersOnly: access.reads === 'private' }),
  });
  chain.extend(genesisMethod(path.join(dataDir, 'execution')));
  try {
    await checkAccess(chain, access);
    return chain;
  } catch (error) {
    await chain.close();
    throw error;
  }
}
