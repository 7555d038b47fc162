import { leaf } from '../../../protocol/zkid.ts';
import { type Case, heldBy, holdsCredential } from '../case/case.ts';
import { attributesOf, keptFile, type Office, readKept } from '../office.ts';
import { caseGone } from './refusals.ts';

/**
 * Gives out the leaf of a case that is decided; again after a crash, it is the same leaf. The root is posted by the
 * caller. In turn.
 */
export async function completeIssuing(office: Office, one: Case): Promise<void> {
  if (one.now.state !== 'issuing') return;
  const { decision } = one.now;
  const kept = readKept(office, one);
  if (!kept) throw caseGone(one);
  const { commitment, person } = one;
  const at = office.settings.now();
  const generation = office.ledger.generation(commitment, person);
  const attributes = attributesOf({ ...decision, generation }, kept);
  const { index, changes } = await office.ledger.issue({
    commitment,
    person,
    generation,
    leaf: leaf(BigInt(commitment), attributes),
    at,
  });
  office.publisher.stage(changes);
  await office.cases.step({ id: one.id, event: { type: 'issued', at, index, generation } });
  await endReplaced(office, one, index);
}

/** Nobody holds two: what the wallet or the person held before ended with this one. */
async function endReplaced(office: Office, one: Case, index: number): Promise<void> {
  const { cases, ledger, files, settings } = office;
  const others = new Set([...cases.withCommitment(one.commitment), ...cases.ofPerson(one.person)]);
  others.delete(one);
  for (const other of others) {
    if (!holdsCredential(other.now)) continue;
    const held = heldBy(other.now)!;
    if (held.index !== index && ledger.isLive(held.index)) continue;
    await cases.step({ id: other.id, event: { type: 'ended', at: settings.now(), outcome: 'replaced' } });
    files.delete([keptFile(other.id)]);
  }
}
