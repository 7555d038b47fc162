import type { RpcMethod } from '../chain/chain.ts';
import type { Served } from '../rpc/view.ts';
import { rpcCaller } from './json-rpc.ts';

/**
 * The execution chain's address for clients where the chain itself runs elsewhere: `methods` are answered here,
 * everything else by the chain, which sees who asks by the same `Authorization`.
 */
export function gateway(url: string, methods: Record<string, RpcMethod>): Served {
  const own = new Map(Object.entries(methods));
  const forward = rpcCaller(url);
  return {
    admit: ({ authorization }) => ({
      request: (method, params = []) =>
        own.get(method)?.(params) ??
        forward(method, params, authorization === undefined ? {} : { authorization }),
    }),
  };
}
