import { createHmac } from 'node:crypto';
import type { Application } from '../../protocol/issuance.ts';
import { openKeyFile } from './key-file.ts';
import { plain } from './screening/plain.ts';

/**
 * Recognises a person who applies twice without keeping who it is: HMAC-SHA256 under a key of this issuer
 * over family name, document and date of birth. Without the key the handles cannot be searched.
 */
export type RecognisePerson = (
  application: Pick<Application, 'kind' | 'familyName' | 'document' | 'birth'>,
) => string;

/** @throws `ISSUER_DAMAGED` */
export function openPersonKey(directory: string): RecognisePerson {
  const key = openKeyFile(directory, 'person.key', 'nobody who applies again is recognised');
  return ({ kind, familyName, document, birth }) =>
    createHmac('sha256', key)
      .update(JSON.stringify([kind, plain(familyName), plain(document).replaceAll(' ', ''), birth]))
      .digest('hex');
}
