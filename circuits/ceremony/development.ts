import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { curves, powersOfTau, zKey } from 'snarkjs';
import { compileCircuit, inWorkFolder, ZKID } from './circuit.ts';
import type { Say } from './files.ts';
import { sha256, writeArtefacts } from './write-artefacts.ts';

export const DEVELOPMENT = {
  name: 'ZKID DEVELOPMENT CEREMONY - NOT FOR PRODUCTION',
  /** The ASCII text ZKID-DEVELOPMENT-NOT-FOR-PRODUC, 32 bytes: plainly no public randomness. */
  beacon: Buffer.from('ZKID-DEVELOPMENT-NOT-FOR-PRODUC\0').toString('hex'),
  /** 2^10 iterations of sha256. */
  iterationsLog2: 10,
  /** The domain is 2^12: 4,085 constraints and 7 public rows. */
  power: 12,
} as const;

const circuits = path.join(import.meta.dirname, '..');

/**
 * Compiles the circuit and runs the DEVELOPMENT ceremony: no random contribution, a fixed beacon, so that anybody
 * obtains the same bytes and nobody may rely on them: whoever runs this knows the toxic waste and can forge proofs.
 *
 * @param check compares with what is committed instead of writing it
 * @returns the files that differ from what was committed
 */
export async function developmentCeremony({ check }: { check: boolean }, say: Say): Promise<string[]> {
  const { name, beacon, iterationsLog2, power } = DEVELOPMENT;
  return inWorkFolder(async (work) => {
    const at = (file: string) => path.join(work, file);
    say('writing the Poseidon constants');
    execFileSync(process.execPath, [path.join(circuits, 'generate-poseidon.mjs')]);
    say('compiling zkid.circom with circom2 at O1');
    const compiled = compileCircuit(ZKID, work);

    say(`phase 1: powers of tau to 2^${power}, beacon only`);
    const curve = await curves.getCurveFromName('bn128');
    await powersOfTau.newAccumulator(curve, power, at('start.ptau'));
    await powersOfTau.beacon(at('start.ptau'), at('beacon.ptau'), name, beacon, iterationsLog2);
    await powersOfTau.preparePhase2(at('beacon.ptau'), at('final.ptau'));

    say('phase 2: the key of this circuit, beacon only');
    await zKey.newZKey(compiled.r1cs, at('final.ptau'), at('start.zkey'));
    await zKey.beacon(at('start.zkey'), at('final.zkey'), name, beacon, iterationsLog2);
    say('verifying the key against the constraints and the powers of tau');
    if (!(await zKey.verifyFromR1cs(compiled.r1cs, at('final.ptau'), at('final.zkey'))))
      throw new Error('snarkjs does not accept the key that it made');
    await curve.terminate();

    say('the key as browsers load it, and the curve it is used with');
    const made = at('artifacts');
    const files = await writeArtefacts(compiled, at('final.zkey'), { into: made, development: true });
    const artifacts = path.join(circuits, 'artifacts');
    mkdirSync(artifacts, { recursive: true });
    const different = files.filter(
      (file) => sha256(path.join(made, file)) !== sha256(path.join(artifacts, file)),
    );
    if (!check) for (const file of files) copyFileSync(path.join(made, file), path.join(artifacts, file));
    return different;
  });
}
