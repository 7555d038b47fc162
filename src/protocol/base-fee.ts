import type { Header } from './header.ts';

/** EIP-1559 */
const ELASTICITY = 2n;
const CHANGE_DENOMINATOR = 8n;

/** Wei per gas. Below it the EIP's integer division would not move any more. */
export const MINIMUM_BASE_FEE = 7n;

/**
 * Base fee of the block after `parent` (EIP-1559), not below the floor. A chain that begins without a base
 * fee never has one: zero lies below the floor, so a priced chain does not come to it.
 */
export function nextBaseFee(parent: Header): bigint {
  const current = parent.baseFeePerGas ?? MINIMUM_BASE_FEE;
  if (current === 0n) return 0n;
  const target = parent.gasLimit / ELASTICITY;
  if (parent.gasUsed === target) return current;
  if (parent.gasUsed > target) {
    const rise = (current * (parent.gasUsed - target)) / target / CHANGE_DENOMINATOR;
    return current + (rise > 0n ? rise : 1n);
  }
  const fall = (current * (target - parent.gasUsed)) / target / CHANGE_DENOMINATOR;
  const next = current - fall;
  return next < MINIMUM_BASE_FEE ? MINIMUM_BASE_FEE : next;
}
