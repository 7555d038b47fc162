import { RLP } from '@ethereumjs/rlp';
import type { Address, Hex } from 'viem';
import { toBytes, toHex } from '../chain/bytes.ts';

export interface DecodedLog {
  address: Address;
  topics: Hex[];
  data: Hex;
}

export interface DecodedReceipt {
  type: number;
  success: boolean;
  cumulativeGasUsed: bigint;
  logsBloom: Hex;
  logs: DecodedLog[];
}

/** A receipt from the bytes of the receipts trie (EIP-2718; status after EIP-658). */
export function decodeReceipt(encoded: Hex): DecodedReceipt {
  const bytes = toBytes(encoded);
  const typed = bytes[0]! < 0x80;
  const [status, gas, bloom, logs] = RLP.decode(typed ? bytes.subarray(1) : bytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    [Uint8Array, Uint8Array[], Uint8Array][],
  ];
  return {
    type: typed ? bytes[0]! : 0,
    success: status.length === 1,
    cumulativeGasUsed: gas.length === 0 ? 0n : BigInt(toHex(gas)),
    logsBloom: toHex(bloom),
    logs: logs.map(([address, topics, data]) => ({
      address: toHex(address),
      topics: topics.map(toHex),
      data: toHex(data),
    })),
  };
}
