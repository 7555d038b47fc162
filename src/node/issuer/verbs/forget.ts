import { type Case, documentsOf, holdsCredential, isOpenApplication } from '../case/case.ts';
import { formFile, keptFile, type Office } from '../office.ts';

/** Files of a case that it needs as it stands. */
function needed({ id, now }: Case): string[] {
  return [
    ...documentsOf(now).map(({ file }) => file),
    ...(isOpenApplication(now) ? [formFile(id)] : []),
    ...(now.state === 'issuing' || holdsCredential(now) ? [keptFile(id)] : []),
  ];
}

/** Deletes every file that no case needs: after a step, and on a start what a crash left. */
export function forget(office: Office, id?: string): void {
  const keeps = new Set((id === undefined ? office.cases.all() : [office.cases.get(id)]).flatMap(needed));
  office.files.delete(
    office.files
      .names()
      .filter((name) => (id === undefined || name.startsWith(`${id}.`)) && !keeps.has(name)),
  );
}
