import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Application } from '../../protocol/issuance.ts';
import { HskError } from '../../protocol/errors.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { plain } from './screening.ts';

/**
 * Recognises a person who applies twice without keeping who it is: HMAC-SHA256 under a key of this issuer
 * over family name, document and date of birth. Without the key the handles cannot be searched.
 */
export type RecognisePerson = (application: Application) => string;

/** @throws `ISSUER_DAMAGED` */
export function openPersonKey(directory: string): RecognisePerson {
  const file = path.join(directory, 'person.key');
  if (!existsSync(file)) writeDurably(file, `${randomBytes(32).toString('hex')}\n`, 0o600);
  const key = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new HskError('ISSUER_DAMAGED', "The issuer's key file does not hold a key", {
      details: file,
      action: 'Restore it from a backup: without it nobody who applies again is recognised.',
    });
  return ({ kind, familyName, document, birth }) =>
    createHmac('sha256', Buffer.from(key, 'hex'))
      .update(JSON.stringify([kind, plain(familyName), plain(document).replaceAll(' ', ''), birth]))
      .digest('hex');
}
