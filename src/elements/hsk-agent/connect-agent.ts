import type { Address } from 'viem';
import type { AgentApi } from '../../agent/agent-api.ts';
import { WalletChangeEvent } from '../../wallet/events.ts';
import { loadCode } from '../shared/load-code.ts';
import type { Session } from '../shared/session.ts';

const agents = new WeakMap<Session, Promise<AgentApi>>();

/** The session's payer; one for all elements of the page, so that none of them pays for the same thing twice. */
export function connectAgent(session: Session): Promise<AgentApi> {
  const known = agents.get(session);
  if (known) return known;
  const connecting = loadCode(() => import('../../agent/agent.ts')).then(({ Agent }): AgentApi => {
    const { profile, lightClient, wallet, vault } = session;
    return new Agent({ profile, lightClient, wallet, vault });
  });
  agents.set(session, connecting);
  connecting.catch(() => agents.delete(session));
  return connecting;
}

/** Who wants to know when the wallet opens and closes. */
export interface WalletFollower {
  unlocked(owner: Address): void;
  locked(): void;
}

/** Tells now and at every change; call the returned function when no longer. */
export function followWallet({ wallet }: Session, follower: WalletFollower): () => void {
  const tell = () => {
    if (wallet.account) follower.unlocked(wallet.account);
    else follower.locked();
  };
  wallet.addEventListener(WalletChangeEvent.type, tell);
  tell();
  return () => wallet.removeEventListener(WalletChangeEvent.type, tell);
}
