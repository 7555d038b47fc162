import { Holder } from '../../identity/holder.ts';
import type { PurchaseRooms } from '../../market/purchase-rooms.ts';
import type { ApplicationForm } from '../../protocol/issuance.ts';
import { whenIdle } from '../shared/idle.ts';
import { followWallet, type WalletFollower } from '../shared/follow-wallet.ts';
import type { Session } from '../shared/session.ts';

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
        // Having applied, the buyer wants to be let in: the circuit is loaded before it is asked for.
        proveAhead: (product, wallet) =>
          whenIdle(() => void holder.proveAhead(product, wallet).catch(() => undefined)),
        prove: (product, wallet, progress) => holder.prove(product, wallet, progress),
      },
    },
    follow: (follower) => followWallet(session, follower),
  };
}
