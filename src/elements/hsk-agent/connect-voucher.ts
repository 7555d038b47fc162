import type { ProveMandate } from '../../agent/agent-api.ts';
import { loadCode } from '../shared/load-code.ts';
import type { Session } from '../shared/session.ts';

/** Proves mandates with the session's credential; what that takes is loaded when it is first asked for. */
export function connectVoucher(session: Session, artefacts: () => string): ProveMandate {
  return async (mandate, progress) => {
    const { holderOf } = await loadCode(() => import('../shared/holder-of.ts'));
    return holderOf(session, artefacts).proveMandate(mandate, progress);
  };
}
