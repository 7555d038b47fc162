import { setImmediate } from 'node:timers/promises';
import type { RescreenResult } from '../../../protocol/issuer-desk.ts';
import { type Case, heldBy } from '../case/case.ts';
import { type Actor, openFindings, type Office, readKept, screeningIsOld } from '../office.ts';
import { completeIssuing } from './complete-issuing.ts';
import { delivered, record } from './decide.ts';

/** Cases between two breaths: the process has other things to answer. */
const BREATH = 20;

/**
 * Screens everybody who holds a credential again. Whom it finds goes back to the desk, and the leaf out of the tree at
 * the next root; where the lists are too old, so does every leaf until there is a newer one.
 */
export async function rescreen(office: Office, actor: Actor): Promise<RescreenResult> {
  const { cases, publisher, settings } = office;
  const result: RescreenResult = { screened: 0, matched: 0, lapsed: 0, reissued: 0 };
  const old = screeningIsOld(office);
  const toDo: { one: Case; matched: boolean }[] = [];
  for (const one of cases.all()) {
    if (one.now.state !== 'issued' && one.now.state !== 'lapsed') continue;
    const kept = readKept(office, one);
    if (!kept) continue;
    if (++result.screened % BREATH === 0) await setImmediate();
    const matched = openFindings(office, one, kept).length > 0;
    if (matched || old === (one.now.state === 'issued')) toDo.push({ one, matched });
  }
  await office.inTurn(async () => {
    for (const { one, matched } of toDo) {
      const { now, id } = one;
      const at = settings.now();
      if (now.state !== 'issued' && now.state !== 'lapsed') continue;
      if (matched) {
        await takeBack(office, one, 'matched', actor);
        result.matched++;
      } else if (now.state === 'issued') {
        await takeBack(office, one, 'lapsed', actor);
        result.lapsed++;
      } else {
        const { tier, expiry } = now.held;
        await record(office, id, 'approved', 'screening renewed', { who: 'rule' });
        await cases.step({ id, event: { type: 'approved', at, decision: { tier, expiry } } });
        await completeIssuing(office, one);
        result.reissued++;
      }
    }
    const { screened, matched, lapsed, reissued } = result;
    const memo = `${screened} screened, ${matched} matched, ${lapsed} lapsed, ${reissued} issued again`;
    await office.audit.write({ at: settings.now(), who: actor.who, action: 'screened', memo });
  });
  if (result.matched + result.lapsed + result.reissued > 0) await publisher.publish();
  return result;
}

/** A provider's own screening found somebody. @throws `ISSUER_CASE_STATE` */
export async function matchedElsewhere(office: Office, id: string, actor: Actor): Promise<void> {
  await office.inTurn(() => takeBack(office, office.cases.get(id), 'matched', actor));
  await office.publisher.publish();
}

/** Back to the desk, or until there is a newer list, without the leaf. In turn. */
async function takeBack(
  { cases, ledger, publisher, settings, audit }: Office,
  { id, now }: Case,
  type: 'matched' | 'lapsed',
  actor: Actor,
): Promise<void> {
  const at = settings.now();
  await cases.step({ id, event: { type, at }, ...delivered(actor) });
  const held = heldBy(now);
  if (held) publisher.stage(await ledger.remove([held.index], at));
  await audit.write({
    at,
    who: actor.who,
    action: type,
    case: id,
    ...(actor.memo !== undefined && { memo: actor.memo }),
  });
}
