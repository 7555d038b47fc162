import type { Groth16Key } from './groth16/verify.ts';

/** A verification key as snarkjs writes it. */
export interface VerificationKey extends Groth16Key {
  protocol: string;
  curve: string;
  nPublic: number;
}

/** `vk_alpha_1.x` of the Hermez/Perpetual ceremony and of the Ethereum Foundation's begins so. */
const KNOWN_ALPHA = ['16428432848801', '20491192805390'];

/**
 * Whether a key grew out of a well-known phase-1 ceremony. Necessary for a production key, not sufficient:
 * phase 2 is checked by its transcript (circuits/README.md). Everything else counts as a development key.
 */
export function isKnownCeremony(key: Pick<VerificationKey, 'vk_alpha_1'>): boolean {
  const x = key.vk_alpha_1[0] ?? '';
  // A coordinate has 76 or 77 digits: a short number with the same beginning is no point of that ceremony.
  return x.length >= 76 && KNOWN_ALPHA.some((beginning) => x.startsWith(beginning));
}
