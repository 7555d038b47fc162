import { RLP } from '@ethereumjs/rlp';
import { type Address, concat, encodeFunctionData, type Hex, numberToHex, pad, parseGwei } from 'viem';
import { hongKongDollarAbi } from '../../../src/contracts/abi/HongKongDollar.ts';
import { toBytes, toHex } from '../../../src/node/chain/bytes.ts';
import { curve, keccak } from '../../../src/node/chain/crypto.ts';

export interface Transfer {
  raw: Hex;
  hash: Hex;
}

/** Every holder of the benchmark: numbered, so that any of them can be asked for. */
export function holder(number: number): Address {
  return numberToHex(0xbe_00_00_00 + number, { size: 20 });
}

/** Signs with libsecp256k1, about 0.1 ms each: an EIP-1559 transfer of one base unit to a new holder. */
export function signTransfer(
  key: Uint8Array,
  { chainId, token, nonce, recipient }: { chainId: number; token: Address; nonce: number; recipient: number },
): Transfer {
  const data = concat([TRANSFER, pad(holder(recipient), { size: 32 }), pad('0x01', { size: 32 })]);
  return sign(key, [chainId, nonce, parseGwei('1'), parseGwei('3'), 100_000, token, 0, data]);
}

const TRANSFER = encodeFunctionData({
  abi: hongKongDollarAbi,
  functionName: 'transfer',
  args: [`0x${'00'.repeat(20)}`, 0n],
}).slice(0, 10) as Hex;

/** Fields in the order of EIP-1559, without the access list, which is empty. */
export function sign(
  key: Uint8Array,
  fields: [
    chainId: number,
    nonce: number,
    tip: bigint,
    cap: bigint,
    gas: number,
    to: Hex,
    value: number,
    data: Hex,
  ],
): Transfer {
  const body = [
    ...fields.map((field) => (typeof field === 'string' ? toBytes(field) : minimal(BigInt(field)))),
    [],
  ];
  const { signature, recovery } = curve.sign(keccak(typed(body)), key);
  const parts = [signature.subarray(0, 32), signature.subarray(32)].map((part) =>
    minimal(BigInt(toHex(part))),
  );
  const raw = typed([...body, minimal(BigInt(recovery)), ...parts]);
  return { raw: toHex(raw), hash: toHex(keccak(raw)) };
}

function typed(body: Parameters<typeof RLP.encode>[0]): Uint8Array {
  return Buffer.concat([Uint8Array.of(2), RLP.encode(body)]);
}

function minimal(value: bigint): Uint8Array {
  const digits = value === 0n ? '' : value.toString(16);
  return Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
}
