import type { Address } from 'viem';
import { Holder } from '../../identity/holder.ts';
import type { PurchaseRooms } from '../../market/purchase-rooms.ts';
import type { ApplicationForm } from '../../protocol/issuance.ts';
import { WalletChangeEvent } from '../../wallet/events.ts';
import type { Session } from '../shared/session.ts';

/** Who wants to know when the wallet opens and closes. */
export interface WalletFollower {
  unlocked(account: Address): void;
  locked(): void;
}

/** The rooms of a session, as a purchase asks for them. */
export function connectRooms(
  session: Session,
  artefacts: () => string,
): { rooms: PurchaseRooms<ApplicationForm>; follow(follower: WalletFollower): () => void } {
  const { profile, lightClient, vault, wallet } = session;
  const holder = new Holder({
    profile,
    secret: () => vault.zkidSecret(),
    prover: () => session.prover(artefacts()),
  });
  return {
    rooms: {
      profile,
      lightClient,
      wallet,
      identity: {
        assess: (product) => holder.assess(product),
        async apply(form) {
          await holder.apply(form);
        },
        prove: (product, wallet, progress) => holder.prove(product, wallet, progress),
      },
    },
    follow(follower) {
      const tell = () => {
        if (wallet.account) follower.unlocked(wallet.account);
        else follower.locked();
      };
      wallet.addEventListener(WalletChangeEvent.type, tell);
      tell();
      return () => wallet.removeEventListener(WalletChangeEvent.type, tell);
    },
  };
}
