import { HskError } from '../../../protocol/errors.ts';
import type { Case } from '../case/case.ts';

export function caseGone({ id, now }: Pick<Case, 'id' | 'now'>): HskError {
  return new HskError('ISSUER_CASE_STATE', 'Nothing of this person is kept any more', {
    details: `${id}, ${now.state}`,
    action: 'Open the case again: it may have been decided meanwhile.',
  });
}
