import { type Address, encodeAbiParameters, type Hex, hashTypedData, keccak256 } from 'viem';

/**
 * A seller's standing offer, signed as EIP-712 (rwa.md). `price` is in base units of `payment` for one
 * whole unit (10^decimals base units) of `asset`; cost is rounded up.
 */
export interface Order {
  seller: Address;
  /** Zero: anybody who may hold the asset. */
  buyer: Address;
  asset: Address;
  payment: Address;
  price: bigint;
  /** Base units of the asset. */
  maxQuantity: bigint;
  minFill: bigint;
  /** Seconds since 1970, inclusive. */
  validAfter: bigint;
  /** Seconds since 1970, exclusive. */
  validUntil: bigint;
  salt: Hex;
  /** True: mint new units; false: transfer the seller's. */
  primary: boolean;
  /** keccak of the offering documents that the buyer accepts with the order. */
  termsHash: Hex;
  /** Receives the cash. */
  payout: Address;
}

export const ORDER_TYPES = {
  Order: [
    { name: 'seller', type: 'address' },
    { name: 'buyer', type: 'address' },
    { name: 'asset', type: 'address' },
    { name: 'payment', type: 'address' },
    { name: 'price', type: 'uint256' },
    { name: 'maxQuantity', type: 'uint256' },
    { name: 'minFill', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validUntil', type: 'uint256' },
    { name: 'salt', type: 'bytes32' },
    { name: 'primary', type: 'bool' },
    { name: 'termsHash', type: 'bytes32' },
    { name: 'payout', type: 'address' },
  ],
} as const;

export function orderDomain(chainId: number, settlement: Address) {
  return { name: 'DvPSettlement', version: '1', chainId, verifyingContract: settlement } as const;
}

/** The EIP-712 digest of the order: its id on chain and in the fill's nonce. */
export function orderHash(chainId: number, settlement: Address, order: Order): Hex {
  return hashTypedData({
    domain: orderDomain(chainId, settlement),
    types: ORDER_TYPES,
    primaryType: 'Order',
    message: order,
  });
}

/** EIP-3009 nonce that ties the buyer's cash to one fill: keccak(abi.encode(orderHash, buyer, quantity, fillSalt)). */
export function fillNonce(hash: Hex, buyer: Address, quantity: bigint, fillSalt: Hex): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'bytes32' }, { type: 'address' }, { type: 'uint256' }, { type: 'bytes32' }],
      [hash, buyer, quantity, fillSalt],
    ),
  );
}

/** Cash for `quantity` base units, rounded up against the buyer. */
export function fillCost(price: bigint, quantity: bigint, assetDecimals: number): bigint {
  const unit = 10n ** BigInt(assetDecimals);
  return (price * quantity + unit - 1n) / unit;
}
