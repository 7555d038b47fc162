import { type Hex, keccak256, stringToHex } from 'viem';

/** OpenZeppelin AccessControl's id of a role. */
export function roleId(name: 'MINTER_ROLE' | 'ISSUER_ROLE'): Hex {
  return keccak256(stringToHex(name));
}
