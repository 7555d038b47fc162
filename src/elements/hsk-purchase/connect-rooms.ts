import type { PurchaseRooms } from '../../market/purchase-rooms.ts';
import type { ApplicationForm } from '../../protocol/issuance.ts';
import { whenIdle } from '../shared/idle.ts';
import { followWallet, type WalletFollower } from '../shared/follow-wallet.ts';
import { holderOf } from '../shared/holder-of.ts';
import type { Session } from '../shared/session.ts';

export interface PurchaseFollower extends WalletFollower {
  /** A credential has come or gone. */
  recheck(): void;
}

/** The rooms of a session, as a purchase asks for them. */
export function connectRooms(
  session: Session,
  artefacts: () => string,
): { rooms: PurchaseRooms<ApplicationForm>; follow(follower: PurchaseFollower): () => void } {
  const { profile, lightClient, wallet } = session;
  const holder = holderOf(session, artefacts);
  return {
    rooms: {
      profile,
      lightClient,
      wallet,
      identity: {
        standing: (product) => holder.standing(product),
        async apply(form) {
          await holder.apply(form);
        },
        async upload(product, kind, file, progress) {
          await holder.upload(product, kind, file, progress);
        },
        withdraw: (product) => holder.withdraw(product),
        decided: (product, signal, problem) => holder.decided(product, signal, problem),
        // Having applied, the buyer wants to be let in: the circuit is loaded before it is asked for.
        proveAhead: (product, wallet) =>
          new Promise((resolve) => {
            whenIdle(() => resolve(holder.proveAhead(product, wallet)));
          }),
        disclosure: (product) => holder.disclosure(product),
        prove: (product, wallet, progress) => holder.prove(product, wallet, progress),
      },
    },
    follow(follower) {
      const recheck = () => follower.recheck();
      holder.addEventListener('change', recheck);
      const unfollow = followWallet(session, follower);
      return () => {
        holder.removeEventListener('change', recheck);
        unfollow();
      };
    },
  };
}
