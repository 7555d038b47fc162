import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../protocol/errors.ts';

export const INSIDER_FILE = 'insider.token';

/**
 * The token by which processes of one network show each other that they belong together; undefined when the
 * directory has none.
 *
 * @throws `KEYS_DAMAGED` when the file does not hold 32 bytes of hex
 */
export function loadInsider(directory: string): string | undefined {
  const file = path.join(directory, INSIDER_FILE);
  if (!existsSync(file)) return undefined;
  const token = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(token))
    throw new HskError('KEYS_DAMAGED', 'The token file does not hold a token', {
      details: file,
      action: 'Copy it from another process of the network.',
    });
  return token;
}
