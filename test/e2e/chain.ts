import { type Address, createPublicClient, http } from 'viem';
import { fundTokenAbi } from '../../src/contracts/abi/FundToken.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';

/** What the node itself holds, asked past the light client. */
export async function balanceOf(profile: ChainProfile, token: Address, account: Address): Promise<bigint> {
  const client = createPublicClient({ transport: http(profile.execution.rpcUrls[0]), cacheTime: 0 });
  return client.readContract({
    address: token,
    abi: fundTokenAbi,
    functionName: 'balanceOf',
    args: [account],
  });
}
