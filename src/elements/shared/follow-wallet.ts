import type { Address } from 'viem';
import { WalletChangeEvent } from '../../wallet/events.ts';
import type { Session } from './session.ts';

/** Who wants to know when the wallet opens and closes. */
export interface WalletFollower {
  unlocked(owner: Address): void;
  locked(): void;
}

/** Tells now and at every change; call the returned function when no longer. */
export function followWallet({ wallet }: Pick<Session, 'wallet'>, follower: WalletFollower): () => void {
  const tell = () => {
    if (wallet.account) follower.unlocked(wallet.account);
    else follower.locked();
  };
  wallet.addEventListener(WalletChangeEvent.type, tell);
  tell();
  return () => wallet.removeEventListener(WalletChangeEvent.type, tell);
}
