import type { ChainProfile } from '../protocol/profile.ts';

/** Names the chain that a profile speaks of: what was sent on one deployment means nothing on another. */
export function deploymentId({ mainchain, execution }: ChainProfile): string {
  return [
    execution.chainId,
    mainchain.chainId,
    mainchain.contracts.anchorRegistry,
    execution.contracts.settlement,
  ].join('/');
}
