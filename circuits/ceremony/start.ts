import { zKey } from 'snarkjs';
import { HskError } from '../../src/protocol/errors.ts';
import type { CompiledCircuit } from './circuit.ts';
import { Log, readAs, type Say, writeNew } from './files.ts';
import { phaseOne } from './phase-one.ts';

/**
 * The key of a circuit before anybody contributed, from powers of tau.
 *
 * @throws `CEREMONY_FILE`, `CEREMONY_EXISTS`, `CEREMONY_PHASE_ONE`
 */
export async function startCeremony(
  { r1cs }: CompiledCircuit,
  ptau: string,
  out: string,
  say: Say,
): Promise<void> {
  const powers = readAs('ptau', ptau);
  const { isKnown, blake2b } = phaseOne(powers);
  say(`powers of tau: blake2b ${blake2b}`);
  say(
    isKnown
      ? 'which is powersOfTau28_hez_final_12, of a public ceremony'
      : 'which is no file that this knows: a key from it counts as a development key',
  );
  say('computing the key');
  await writeNew(out, async (made) => {
    const log = new Log();
    if ((await zKey.newZKey(readAs('r1cs', r1cs), powers, made, log)) === -1)
      throw new HskError('CEREMONY_PHASE_ONE', 'These powers of tau do not do for the circuit', {
        details: log.complaints.join('; '),
        action: 'Take powersOfTau28_hez_final_12.ptau.',
      });
  });
  say(`written: ${out}. Pass it to the first contributor.`);
}
