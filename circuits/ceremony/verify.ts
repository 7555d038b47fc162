import { zKey } from 'snarkjs';
import { HskError } from '../../src/protocol/errors.ts';
import { type Contribution, contributionsTo } from './contributions.ts';
import { Log, readAs, type Say } from './files.ts';
import { phaseOne } from './phase-one.ts';

/**
 * Checks a proving key against the circuit and the powers of tau it grew from: the transcript of every contribution,
 * and every point. What it says is the transcript to publish.
 *
 * @throws `CEREMONY_FILE`, `CEREMONY_INVALID`
 */
export async function verifyKey(r1cs: string, ptau: string, zkey: string, say: Say): Promise<Contribution[]> {
  const [constraints, powers, key] = [readAs('r1cs', r1cs), readAs('ptau', ptau), readAs('zkey', zkey)];
  const { blake2b } = phaseOne(powers);
  const contributions = contributionsTo(key);
  say(`powers of tau: blake2b ${blake2b}`);
  say('deriving the first key anew and comparing');
  const log = new Log();
  const refuse = (details: string, cause?: unknown) =>
    new HskError('CEREMONY_INVALID', 'This key did not grow from this circuit and these powers of tau', {
      details,
      action: 'Ask for the file again from who gave it to you. Do not use it.',
      ...(cause !== undefined && { cause }),
    });
  let valid: boolean;
  try {
    valid = await zKey.verifyFromR1cs(constraints, powers, key, log);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!valid)
    throw refuse(log.complaints.join('; ') || 'a transcript does not follow from what was before it');
  for (const line of log.reports.filter((report) => !/^-+$/.test(report))) say(line);
  return contributions;
}
