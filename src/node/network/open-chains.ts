import type { FollowedChain } from '../chain/chain.ts';
import { type ChainClient, createChainClient } from '../chain-client.ts';
import type { Report } from '../ops/log.ts';
import { RemoteChain } from '../remote/remote-chain.ts';
import type { Network } from './network.ts';
import type { OwnChains } from './own-chains.ts';

/** Both chains as services see them, wherever they run. */
export interface OpenChains {
  mainchain: FollowedChain;
  execution: FollowedChain;
  mainchainClient: ChainClient;
  executionClient: ChainClient;
  /** Stops following; the chains of this process go on. */
  close(): Promise<void>;
}

export interface FollowOptions {
  network: Network;
  own?: OwnChains;
  /** Shows the execution chain, where it runs elsewhere and its reads are private, that this process may see all. */
  insider?: string | undefined;
  report: Report;
}

/** The chains of this process, and the others followed where the network says they are. */
export async function followChains({ network, own, insider, report }: FollowOptions): Promise<OpenChains> {
  const followed: RemoteChain[] = [];
  const follow = async (...options: Parameters<typeof RemoteChain.open>) => {
    const chain = await RemoteChain.open(...options);
    followed.push(chain);
    return chain;
  };
  const close = async () => {
    for (const chain of followed) await chain.close();
  };
  try {
    const mainchain = own?.mainchain ?? (await follow({ ...network.mainchain, report }));
    const execution = own?.execution ?? (await follow({ ...network.execution, insider, report }));
    return {
      mainchain,
      execution,
      mainchainClient: createChainClient(mainchain, { name: 'Mainchain', currency: 'ETH' }),
      executionClient: createChainClient(execution, { name: 'Execution chain', currency: 'HSK' }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
