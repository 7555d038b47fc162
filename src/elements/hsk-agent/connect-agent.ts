import type { AgentApi } from '../../agent/agent-api.ts';
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
