import { http } from 'viem';
import { type ChainClient, createChainClient } from './chain-client.ts';

/** A chain behind a URL, for what only asks: JSON-RPC and the viem client over it. */
export interface RpcClient {
  request(method: string, params?: unknown[]): Promise<unknown>;
  client: ChainClient;
}

export function rpcClient(url: string, chainId: number, name: string): RpcClient {
  const transport = http(url, { timeout: 10_000, retryCount: 1 })({});
  const request = (method: string, params: unknown[] = []) => transport.request({ method, params });
  return { request, client: createChainClient({ chainId, request }, { name, currency: 'ETH' }) };
}
