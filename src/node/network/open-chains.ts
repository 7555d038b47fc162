import path from 'node:path';
import type { Hex } from 'viem';
import { checkAccess } from '../access/genesis.ts';
import { RegistrySenders } from '../access/senders.ts';
import { type Chain, type FollowedChain, openExecutionChain, openMainchain } from '../chain/chain.ts';
import { type ChainClient, createChainClient } from '../chain-client.ts';
import { executionAlloc, mainchainAlloc } from '../genesis-accounts.ts';
import { RemoteChain } from '../remote/remote-chain.ts';
import type { Network } from './network.ts';

export interface OpenChains {
  mainchain: FollowedChain;
  execution: FollowedChain;
  mainchainClient: ChainClient;
  executionClient: ChainClient;
  /** Those of this process, by the path at which they are served. */
  served: Record<string, Chain>;
  close(): Promise<void>;
}

export interface OpenChainsOptions {
  dataDir: string;
  network: Network;
  /** Keys of the validators, when the mainchain runs here. */
  validators: Hex[] | undefined;
  /** Whether the execution chain runs here. */
  embedded: boolean;
  /** Shows the execution chain, where it runs elsewhere and its reads are private, that this process may see all. */
  insider?: string | undefined;
  report: (message: string) => void;
}

/**
 * Opens the chains of this process, and with a new directory lays their first state; follows the others
 * where the network says they are.
 */
export async function openChains(options: OpenChainsOptions): Promise<OpenChains> {
  const { dataDir, network, validators, embedded, insider, report } = options;
  const { accounts } = network;
  const opened: { close(): Promise<void> }[] = [];
  const served: Record<string, Chain> = {};
  const close = async () => {
    for (const chain of opened.toReversed()) await chain.close();
  };
  const keep = <C extends FollowedChain & { close(): Promise<void> }>(chain: C): C => {
    opened.push(chain);
    return chain;
  };
  const own = (place: string, chain: Chain): Chain => (served[place] = keep(chain));
  try {
    const mainchain = validators
      ? own(
          '/mainchain',
          await openMainchain({
            directory: path.join(dataDir, 'mainchain'),
            chainId: network.mainchain.chainId,
            validatorKeys: validators,
            alloc: mainchainAlloc(accounts),
          }),
        )
      : keep(await RemoteChain.open({ ...network.mainchain, seals: 'qbft', report }));
    const execution = embedded
      ? own('/execution', await openEngine(dataDir, network))
      : keep(await RemoteChain.open({ ...network.execution, seals: 'none', insider, report }));
    return {
      mainchain,
      execution,
      mainchainClient: createChainClient(mainchain, { name: 'Mainchain', currency: 'ETH' }),
      executionClient: createChainClient(execution, { name: 'Execution chain', currency: 'HSK' }),
      served,
      close,
    };
  } catch (error) {
    await close();
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
  try {
    await checkAccess(chain, access);
    return chain;
  } catch (error) {
    await chain.close();
    throw error;
  }
}
