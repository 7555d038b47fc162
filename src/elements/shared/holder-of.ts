import { Holder } from '../../identity/holder.ts';
import type { Session } from './session.ts';

interface Known {
  holder: Holder;
  artefacts: (() => string) | undefined;
}

const holders = new WeakMap<Session, Known>();

/**
 * The holder of a session: one for all elements of the page, so that each hears what another changes.
 *
 * @param artefacts absolute URL of the folder that serves the circuit's files; needed to prove
 */
export function holderOf(session: Session, artefacts?: () => string): Holder {
  let known = holders.get(session);
  if (!known) {
    const made: Known = {
      artefacts,
      holder: new Holder({
        profile: session.profile,
        keys: session.vault,
        prover: () => session.prover(made.artefacts?.() ?? new URL('circuits/', document.baseURI).href),
      }),
    };
    known = made;
    holders.set(session, known);
  }
  if (artefacts) known.artefacts = artefacts;
  return known.holder;
}
