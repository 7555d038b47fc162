import type { Revocation } from '../../../protocol/issuer-desk.ts';
import { type CaseEvent, heldBy, nextState } from '../case/case.ts';
import type { Actor, Office } from '../office.ts';
import { delivered, record } from './decide.ts';
import { forget } from './forget.ts';

/** Takes the leaf out and posts the root at once; what is kept is deleted. @throws `ISSUER_CASE_STATE` */
export async function revoke(
  office: Office,
  id: string,
  { reason }: Revocation,
  actor: Actor,
): Promise<void> {
  const { cases, ledger, publisher, settings } = office;
  await office.inTurn(async () => {
    const { now } = cases.get(id);
    const event: CaseEvent = { type: 'ended', at: settings.now(), outcome: 'revoked' };
    nextState(now, event);
    await record(office, id, 'revoked', reason, actor);
    await cases.step({ id, event, ...delivered(actor) });
    publisher.stage(await ledger.remove([heldBy(now)!.index], event.at));
    forget(office, id);
  });
  await publisher.publish();
}
