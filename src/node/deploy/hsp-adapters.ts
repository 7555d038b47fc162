import { type Address, encodeAbiParameters, keccak256 } from 'viem';
import { identifier } from '../../protocol/hsp.ts';
import type { AdapterOperator } from '../../protocol/profile.ts';

/** The HSP adapters that this node operates. */
export const ADAPTERS = ['x402', 'evm-transfer'] as const;

/** One instance of each adapter for the execution chain: keccak(abi.encode(adapterId, chainId)). */
export function adapterOperators(chainId: number, operator: Address): AdapterOperator[] {
  return ADAPTERS.map((name) => {
    const adapterId = identifier(`adapter:${name}`);
    return {
      adapterId,
      adapterInstanceKey: keccak256(
        encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [adapterId, BigInt(chainId)]),
      ),
      operator,
    };
  });
}
