import { writeFileSync } from 'node:fs';
import { zKey } from 'snarkjs';
import { HskError } from '../../src/protocol/errors.ts';
import { zkidKeyLibrary } from '../../src/contracts/zkid-key.ts';
import type { CompiledCircuit } from './circuit.ts';
import { readAs, type Say } from './files.ts';
import { phaseOne } from './phase-one.ts';
import { missingForProduction } from './production.ts';
import { verifyKey } from './verify.ts';
import { writeArtefacts } from './write-artefacts.ts';

export interface FinishOptions {
  /** The powers of tau that the key grew from. */
  ptau: string;
  /** Folder of the artefacts. */
  into: string;
  /** The verifier's key as a Solidity library. */
  library: string;
  /** Writes a key that is not fit for production too, marked as such. */
  development?: boolean;
}

/**
 * Verifies a key once more and writes everything that is made from it: the key as browsers load it, the verification
 * key, the pins, and the verifier's library.
 *
 * @throws `CEREMONY_FILE`, `CEREMONY_INVALID`, `CEREMONY_NOT_PRODUCTION`
 */
export async function finishCeremony(
  circuit: CompiledCircuit,
  zkey: string,
  { ptau, into, library, development = false }: FinishOptions,
  say: Say,
): Promise<void> {
  const contributions = await verifyKey(circuit.r1cs, ptau, zkey, say);
  const vkey = await zKey.exportVerificationKey(readAs('zkey', zkey));
  const missing = missingForProduction(vkey, contributions, phaseOne(readAs('ptau', ptau)).isKnown);
  if (missing.length > 0 && !development)
    throw new HskError('CEREMONY_NOT_PRODUCTION', 'Value must not depend on this key', {
      details: `it lacks ${missing.join('; ')}`,
      action: 'Go on with the ceremony, or mark the key with --development.',
    });
  await writeArtefacts(circuit, zkey, { into, development });
  writeFileSync(library, zkidKeyLibrary(vkey));
  say(`written: ${into}, marked ${development ? 'as a development key' : 'for production'}`);
  say(`written: ${library}. Now: npm run contracts, and deploy the verifier.`);
}
