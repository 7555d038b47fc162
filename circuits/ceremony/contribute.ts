import { randomBytes } from 'node:crypto';
import { zKey } from 'snarkjs';
import { HskError } from '../../src/protocol/errors.ts';
import { type Contribution, contributionsTo } from './contributions.ts';
import { Log, readAs, type Say, writeNew } from './files.ts';

/** snarkjs keeps 64 characters. */
const LONGEST_NAME = 64;

/**
 * Adds one contribution. Its randomness comes from the operating system, is never written, and is gone with this
 * process: as long as one contributor is honest, nobody can forge a proof.
 *
 * @returns the hash by which the contribution is attested in public
 * @throws `CEREMONY_FILE`, `CEREMONY_EXISTS`, `CEREMONY_NAME`, `CEREMONY_CLOSED`
 */
export async function contribute(from: string, to: string, name: string, say: Say): Promise<string> {
  const key = readAs('zkey', from);
  const earlier = contributionsTo(key);
  refuseClosed(earlier);
  if (name.trim() === '' || name.length > LONGEST_NAME)
    throw new HskError('CEREMONY_NAME', 'A contribution bears the name of who made it', {
      details: `${name.length} characters, of 1 to ${LONGEST_NAME}`,
      action: 'Give one with --name.',
    });
  if (earlier.some((one) => one.name === name))
    throw new HskError('CEREMONY_NAME', 'Somebody of this name has contributed already', {
      details: name,
      action: 'Independent people contribute; give another name with --name.',
    });
  say(`${earlier.length} contributions before this one`);
  const hash = await writeNew(to, (made) =>
    zKey.contribute(key, made, name, randomBytes(64).toString('hex'), new Log()),
  );
  const hex = Buffer.from(hash).toString('hex');
  // As `verify` will print it.
  say(`contribution of ${name}: ${hex.match(/.{8}/g)!.join(' ')}`);
  say(`written: ${to}. Publish that hash, pass the file on, and end this machine's session.`);
  return hex;
}

/** After the beacon nothing follows. @throws `CEREMONY_CLOSED` */
export function refuseClosed(contributions: readonly Contribution[]): void {
  if (contributions.some(({ beacon }) => beacon))
    throw new HskError('CEREMONY_CLOSED', 'A beacon has closed this ceremony', {
      details: `${contributions.length} contributions`,
      action: 'Take the file from before the beacon.',
    });
}
