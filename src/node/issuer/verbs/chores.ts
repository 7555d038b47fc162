import { dateNumber } from '../../../protocol/zkid.ts';
import { type Case, heldBy } from '../case/case.ts';
import type { Office } from '../office.ts';
import { VALIDITY } from './apply.ts';
import { completeIssuing } from './complete-issuing.ts';
import { record } from './decide.ts';
import { forget } from './forget.ts';
import { rescreen } from './rescreen.ts';

const DAY = 86_400;

/** What is to be done each day: end what has expired or was given up, and screen again. */
export async function chores(office: Office): Promise<void> {
  await sweep(office);
  const screenedAt = office.audit.last('screened');
  if (screenedAt === undefined || office.settings.now() - screenedAt >= DAY)
    await rescreen(office, { who: 'rule' });
}

/** Brings the tree in line with the cases after a start: whatever a kill interrupted is finished. */
export function resume(office: Office): Promise<void> {
  const { cases, ledger, publisher, settings } = office;
  return office.inTurn(async () => {
    forget(office);
    const owned = new Set<number>();
    for (const one of cases.all()) {
      await completeIssuing(office, one);
      if (one.now.state === 'issued') owned.add(one.now.issue.index);
    }
    const out = cases
      .all()
      .flatMap(({ now }) => (now.state === 'issued' ? [] : [heldBy(now)?.index]))
      .filter((index): index is number => index !== undefined && !owned.has(index));
    publisher.stage(await ledger.remove(out, settings.now()));
  });
}

async function sweep(office: Office): Promise<void> {
  const { cases, ledger, publisher, settings } = office;
  const changed = await office.inTurn(async () => {
    const at = settings.now();
    const today = dateNumber(at);
    const out: number[] = [];
    for (const one of cases.all()) {
      const outcome = overdue(one, today, at - settings.limits.patience);
      if (!outcome) continue;
      const index = heldBy(one.now)?.index;
      if (index !== undefined) out.push(index);
      await record(office, one.id, outcome, 'overdue', { who: 'rule' });
      await cases.step({ id: one.id, event: { type: 'ended', at, outcome } });
      forget(office, one.id);
    }
    // Leaves of before there were cases.
    for (const { index, at: issuedAt } of ledger.live())
      if (dateNumber(issuedAt) + VALIDITY < today) out.push(index);
    const changes = await ledger.remove(out, at);
    publisher.stage(changes);
    return changes.length > 0;
  });
  if (changed) await publisher.publish();
}

function overdue({ now }: Case, today: number, patience: number): 'expired' | 'abandoned' | undefined {
  if (now.state === 'documents' && now.since < patience) return 'abandoned';
  const held = now.state === 'ended' ? undefined : heldBy(now);
  return held && held.expiry < today ? 'expired' : undefined;
}
