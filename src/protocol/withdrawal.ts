import { type Address, encodeAbiParameters, type Hex, keccak256 } from 'viem';
import { mappingSlot } from './anchor.ts';

/** A message from the Lockbox to the Vault, as OP Stack's L2ToL1MessagePasser emits it. Wei and gas units. */
export interface Withdrawal {
  nonce: bigint;
  sender: Address;
  target: Address;
  value: bigint;
  gasLimit: bigint;
  data: Hex;
}

/** keccak(abi.encode(nonce, sender, target, value, gasLimit, data)); wire.md §3. */
export function withdrawalHash({ nonce, sender, target, value, gasLimit, data }: Withdrawal): Hex {
  return keccak256(
    encodeAbiParameters(
      [
        { type: 'uint256' },
        { type: 'address' },
        { type: 'address' },
        { type: 'uint256' },
        { type: 'uint256' },
        { type: 'bytes' },
      ],
      [nonce, sender, target, value, gasLimit, data],
    ),
  );
}

/** Where the Lockbox keeps `sentMessages[hash]`: slot 0, keccak(abi.encode(hash, uint256(0))). */
export function withdrawalSlot(hash: Hex): Hex {
  return mappingSlot(0n, hash);
}
