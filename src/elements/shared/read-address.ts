import { type Address, getAddress, isAddress } from 'viem';

/** Reads an address as a person writes it; a checksum that does not fit refuses it (EIP-55). */
export function readAddress(written: string): { address: Address } | { problem: 'invalid' | 'checksum' } {
  if (!isAddress(written, { strict: false })) return { problem: 'invalid' };
  // EIP-55: letters of both cases carry a checksum; of one case they carry none.
  const digits = written.slice(2);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (mixed && !isAddress(written)) return { problem: 'checksum' };
  return { address: getAddress(written) };
}
