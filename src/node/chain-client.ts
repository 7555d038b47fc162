import { createClient, custom, defineChain, publicActions, walletActions } from 'viem';
import type { Chain } from './chain/chain.ts';

export interface ChainDescription {
  name: string;
  currency: string;
}

/**
 * A viem client over a chain of this process. Services know a chain only through it, so the URL of an
 * existing network can stand in its place.
 */
export function createChainClient(
  chain: Pick<Chain, 'chainId' | 'request'>,
  { name, currency }: ChainDescription,
) {
  return createClient({
    chain: defineChain({
      id: chain.chainId,
      name,
      nativeCurrency: { name: currency, symbol: currency, decimals: 18 },
      rpcUrls: { default: { http: [] } },
    }),
    transport: custom(
      {
        request: ({ method, params }: { method: string; params?: unknown[] }) =>
          chain.request(method, params ?? []),
      },
      { retryCount: 0 },
    ),
    pollingInterval: 100,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions);
}

export type ChainClient = ReturnType<typeof createChainClient>;
