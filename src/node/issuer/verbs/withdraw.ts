import type { Case } from '../case/case.ts';
import type { Office } from '../office.ts';
import { forget } from './forget.ts';

/** At the applicant's wish: form and documents are deleted. @throws `ISSUER_ALREADY_ISSUED` */
export function withdraw(office: Office, { id }: Case): Promise<void> {
  return office.inTurn(async () => {
    await office.cases.step({ id, event: { type: 'withdrawn', at: office.settings.now() } });
    forget(office, id);
  });
}
