import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../protocol/errors.ts';
import { writeDurably } from '../keys/durable-file.ts';

/**
 * 32 secret bytes in a file of the issuer's directory, mode 0600; made when missing.
 *
 * @param loss what cannot be done any more without the file, for the error
 * @throws `ISSUER_DAMAGED`
 */
export function openKeyFile(directory: string, name: string, loss: string): Buffer {
  const file = path.join(directory, name);
  if (!existsSync(file)) writeDurably(file, `${randomBytes(32).toString('hex')}\n`, 0o600);
  const key = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new HskError('ISSUER_DAMAGED', "The issuer's key file does not hold a key", {
      details: file,
      action: `Restore it from a backup: without it ${loss}.`,
    });
  return Buffer.from(key, 'hex');
}
