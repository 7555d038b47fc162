import { createHash } from 'node:crypto';

/**
 * `powersOfTau28_hez_final_12.ptau` of the Hermez/Perpetual ceremony: 54 contributions and a beacon. blake2b-512, as
 * published with it and in snarkjs's documentation.
 */
const HERMEZ_12 =
  'ded2694169b7b08e898f736d5de95af87c3f1a64594013351b1a796dbee393bd825f88f9468c84505ddd11eb0b1465ac9b43b9064aa8ec97f2b73e04758b8a4a';

/** Whether a file of powers of tau is the one that a production key grows from. */
export function phaseOne(ptau: Uint8Array): { blake2b: string; isKnown: boolean } {
  const blake2b = createHash('blake2b512').update(ptau).digest('hex');
  return { blake2b, isKnown: blake2b === HERMEZ_12 };
}
