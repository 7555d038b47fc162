import { type Address, createPublicClient, http } from 'viem';
import { fundTokenAbi } from '../../src/contracts/abi/FundToken.ts';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';

/** Country that the registry holds for a wallet admitted to a token, ISO 3166-1 numeric; asked past the light client. */
export async function countryOf(profile: ChainProfile, token: Address, account: Address): Promise<number> {
  const client = createPublicClient({ transport: http(profile.execution.rpcUrls[0]), cacheTime: 0 });
  const [, , , country] = await client.readContract({
    address: profile.execution.contracts.identityRegistry,
    abi: identityRegistryAbi,
    functionName: 'admissions',
    args: [token, account],
  });
  return country;
}

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
