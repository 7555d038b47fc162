import { zKey } from 'snarkjs';
import { HskError } from '../../src/protocol/errors.ts';
import { contributionsTo } from './contributions.ts';
import { refuseClosed } from './contribute.ts';
import { DEVELOPMENT } from './development.ts';
import { Log, readAs, type Say, writeNew } from './files.ts';

export interface Beacon {
  /** Public randomness that nobody could know beforehand. */
  hex: string;
  /** sha256 is iterated 2^this times: the delay that keeps who can influence the source from choosing. */
  iterationsLog2: number;
}

const SHORTEST = 16;
const LONGEST = 255;
/** Of snarkjs below; above, days. */
const ITERATIONS = { least: 10, most: 32 };

/**
 * Closes a ceremony with public randomness.
 *
 * @throws `CEREMONY_FILE`, `CEREMONY_EXISTS`, `CEREMONY_CLOSED`, `CEREMONY_BEACON`
 */
export async function closeWithBeacon(from: string, to: string, beacon: Beacon, say: Say): Promise<void> {
  const key = readAs('zkey', from);
  const contributions = contributionsTo(key);
  refuseClosed(contributions);
  checkBeacon(beacon);
  if (contributions.length === 0)
    throw refusal('Nobody has contributed yet', 'a beacon alone has no secret', 'Contribute first.');
  say(`closing after ${contributions.length} contributions; 2^${beacon.iterationsLog2} iterations of sha256`);
  await writeNew(to, async (made) => {
    const log = new Log();
    const { hex, iterationsLog2 } = beacon;
    if (!(await zKey.beacon(key, made, 'Final beacon', hex, iterationsLog2, log)))
      throw refusal('snarkjs refuses the beacon', log.complaints.join('; '), 'Look at --hex.');
  });
  say(`written: ${to}`);
}

function checkBeacon({ hex, iterationsLog2 }: Beacon): void {
  const bytes = hex.length / 2;
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex) || bytes < SHORTEST || bytes > LONGEST)
    throw refusal(
      'A beacon is hexadecimal, of 16 to 255 bytes',
      `${hex.slice(0, 20)}, ${bytes} bytes`,
      'Give, for example, the hash of a block that was announced before it existed.',
    );
  if (hex.toLowerCase() === DEVELOPMENT.beacon)
    throw refusal(
      'This is the constant of the development ceremony',
      'everybody knows it beforehand',
      'Give public randomness that was announced beforehand.',
    );
  const { least, most } = ITERATIONS;
  if (!Number.isInteger(iterationsLog2) || iterationsLog2 < least || iterationsLog2 > most)
    throw refusal(
      'The number of iterations is given by its logarithm',
      `${iterationsLog2}, of ${least} to ${most}`,
      '--iterations 10 means 1,024.',
    );
}

function refusal(message: string, details: string, action: string): HskError {
  return new HskError('CEREMONY_BEACON', message, { details, action });
}
