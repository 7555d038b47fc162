import type { Chain } from '../chain/chain.ts';

/** What a connection asks a chain for: the chain itself, or what stands in front of it. */
export interface ChainView
  extends Pick<Chain, 'request'>, Partial<Pick<Chain, 'onHead' | 'onLogs' | 'onPending'>> {
  /** Rejects unless the caller may have this kind of subscription. Absent: everybody may. */
  mayFollow?(kind: unknown): Promise<void>;
}

/** A view that has subscriptions as well. */
export type SubscribableView = ChainView & Pick<Chain, 'onHead' | 'onLogs' | 'onPending'>;

export function subscribable(view: ChainView): view is SubscribableView {
  return view.onHead !== undefined && view.onLogs !== undefined && view.onPending !== undefined;
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
