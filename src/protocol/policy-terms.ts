import type { Address, Hex } from 'viem';
import { mappingSlot, offsetSlot } from './anchor.ts';
import { numberToHex } from './hex.ts';

/** Third word of `IdentityRegistry.Policy`; from the low end uint32 epoch, uint40 grace, address verifier. */
export interface PolicyTerms {
  epoch: bigint;
  /** Seconds since 1970 until which what was proven in the epoch before still counts; zero when it does not. */
  graceUntil: bigint;
  verifier: Address;
}

/** @param policies slot of the registry's mapping. @param subject a token, or a service whose agents hold mandates */
export function policyTermsSlot(policies: bigint, subject: Address): Hex {
  return offsetSlot(mappingSlot(policies, subject), 2n);
}

export function decodePolicyTerms(word: bigint): PolicyTerms {
  return {
    epoch: BigInt.asUintN(32, word),
    graceUntil: BigInt.asUintN(40, word >> 32n),
    verifier: numberToHex(BigInt.asUintN(160, word >> 72n), { size: 20 }),
  };
}

/** The registry's rule: proven in the present epoch, or in the last one within its grace. @param timestamp of the block */
export function epochCounts(terms: PolicyTerms, epoch: bigint, timestamp: bigint): boolean {
  const inGrace = epoch + 1n === terms.epoch && timestamp < terms.graceUntil;
  return epoch > 0n && (epoch === terms.epoch || inGrace);
}
