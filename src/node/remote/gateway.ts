import type { FollowedChain, RpcMethod } from '../chain/chain.ts';
import type { ChainView } from '../rpc/view.ts';

/**
 * The execution chain's address for clients where the chain itself runs elsewhere: `methods` are answered
 * here, everything else by the chain.
 */
export function gateway(chain: FollowedChain, methods: Record<string, RpcMethod>): ChainView {
  const own = new Map(Object.entries(methods));
  return {
    request: (method, params = []) => own.get(method)?.(params) ?? chain.request(method, params),
  };
}
