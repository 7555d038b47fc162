import { type Address, createPublicClient, http, type PublicClient } from 'viem';
import type { ChainProfile } from '../../src/protocol/profile.ts';

/** Where the merchant reads what it sells. */
export interface Sources {
  profile: ChainProfile;
  execution: PublicClient;
  mainchain: PublicClient;
  /** JSON-RPC of the execution chain for methods that viem does not know. */
  ask(method: string, params: unknown[]): Promise<unknown>;
}

export function openSources(profile: ChainProfile): Sources {
  const client = (url: string | undefined) =>
    createPublicClient({ transport: http(url, { timeout: 10_000, retryCount: 1 }) });
  const execution = client(profile.execution.rpcUrls[0]);
  return {
    profile,
    execution,
    mainchain: client(profile.mainchain.rpcUrls[0]),
    ask: (method, params) => execution.request({ method, params } as never),
  };
}

/** Token amounts as decimals, six places. */
export function money(units: bigint): string {
  return `${units / 1_000_000n}.${(units % 1_000_000n).toString().padStart(6, '0')}`;
}

export function round(value: number, places = 4): number {
  return Number(value.toFixed(places));
}

export const supplyAbi = [
  {
    type: 'function',
    name: 'totalSupply',
    stateMutability: 'view',
    inputs: [],
    outputs: [{ type: 'uint256' }],
  },
  {
    type: 'function',
    name: 'balanceOf',
    stateMutability: 'view',
    inputs: [{ type: 'address' }],
    outputs: [{ type: 'uint256' }],
  },
] as const;

export function totalSupply(client: PublicClient, token: Address): Promise<bigint> {
  return client.readContract({ address: token, abi: supplyAbi, functionName: 'totalSupply' });
}
