import { type Address, encodeFunctionData, erc20Abi, type Hex } from 'viem';
import type { Asset } from '../account/assets.ts';

/** The transaction that moves `amount` base units of `asset` to `to`. */
export function transferCall(
  asset: Asset,
  to: Address,
  amount: bigint,
): { to: Address; data: Hex; value: bigint } {
  if (asset.kind === 'native') return { to, data: '0x', value: amount };
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] });
  return { to: asset.token, data, value: 0n };
}
