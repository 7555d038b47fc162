import type { Address, Hex } from 'viem';

/** EIP-3009 authorisation of one transfer. Times are seconds since 1970; both bounds exclusive. */
export interface TransferAuthorization {
  from: Address;
  to: Address;
  value: bigint;
  validAfter: bigint;
  validBefore: bigint;
  nonce: Hex;
}

const FIELDS = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const;

/** Anybody may submit it. */
export const TRANSFER_WITH_AUTHORIZATION_TYPES = { TransferWithAuthorization: FIELDS } as const;
/** Only the recipient may submit it: what a contract asks for, so that nobody lifts it from the pool. */
export const RECEIVE_WITH_AUTHORIZATION_TYPES = { ReceiveWithAuthorization: FIELDS } as const;

/** EIP-712 domain of the packaged stablecoin, on either chain. */
export function stablecoinDomain(chainId: number, token: Address) {
  return { name: STABLECOIN.name, version: STABLECOIN.version, chainId, verifyingContract: token } as const;
}

/** What the stablecoin's contract says of itself. */
export const STABLECOIN = { name: 'Hong Kong Dollar', symbol: 'HKD', version: '1', decimals: 6 } as const;
