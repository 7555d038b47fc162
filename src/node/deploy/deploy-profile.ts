import type { PrivateKeyAccount } from 'viem';
import { headerFromRpc } from '../../protocol/header-from-rpc.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { qbftBlockHash } from '../../protocol/qbft.ts';
import type { Network } from '../network/network.ts';
import type { OpenChains } from '../network/open-chains.ts';
import { deploy } from './deploy.ts';
import { fundRoles } from './fund-roles.ts';
import { buildProfile } from './profile.ts';

/**
 * Puts the contracts in place, once, and says what clients of the deployment pin.
 * @param funder see `fundRoles`
 */
export async function deployProfile(
  dataDir: string,
  network: Network,
  { mainchain, execution, mainchainClient, executionClient }: OpenChains,
  deployer: PrivateKeyAccount,
  funder?: string,
): Promise<ChainProfile> {
  if (network.execution.engine === 'foreign') await fundRoles(executionClient, network, funder);
  const deployment = await deploy({
    dataDir,
    network,
    deployer,
    mainchain: { chain: mainchain, client: mainchainClient },
    execution: { chain: execution, client: executionClient },
  });
  const first = headerFromRpc(await mainchain.request('eth_getBlockByNumber', ['0x0', false]));
  return buildProfile({ network, deployment, genesisHash: qbftBlockHash(first) });
}
