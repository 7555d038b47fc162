import type { Chain } from '../chain/chain.ts';

/** A chain as one connection sees it: JSON-RPC, and subscriptions where it has them. */
export interface ChainView
  extends Pick<Chain, 'request'>, Partial<Pick<Chain, 'onHead' | 'onLogs' | 'onPending'>> {
  /** Rejects unless the caller may have this kind of subscription. Absent: everybody may. */
  mayFollow?(kind: unknown): Promise<void>;
}

/** Who connects, as far as the transport tells. */
export interface Caller {
  /** The `Authorization` header as it came. */
  authorization: string | undefined;
  /** The address of the peer. */
  peer: string;
}

/** A chain that everybody sees alike, or one that each connection sees its own way. */
export type Served = ChainView | { admit(caller: Caller): ChainView };

export function viewFor(served: Served, caller: Caller): ChainView {
  return 'admit' in served ? served.admit(caller) : served;
}
