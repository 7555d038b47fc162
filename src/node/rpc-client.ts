import { type ChainClient, createChainClient } from './chain-client.ts';
import { rpcCaller } from './remote/json-rpc.ts';

/** A chain behind a URL, for what only asks: JSON-RPC and the viem client over it. */
export interface RpcClient {
  request(method: string, params?: unknown[]): Promise<unknown>;
  client: ChainClient;
}

export function rpcClient(url: string, chainId: number, name: string): RpcClient {
  const request = rpcCaller(url);
  return { request, client: createChainClient({ chainId, request }, { name, currency: 'ETH' }) };
}
