import type { Address, Hex } from 'viem';

/** What of a message decides the gas that is taken beside its execution. */
export interface GasMessage {
  to: Address | undefined;
  data: Hex;
  accessList: readonly { address: Address; storageKeys: readonly Hex[] }[];
  /** EIP-7702 authorisations: how many. */
  authorizations: number;
}

/** Gas taken before the first opcode, and what a transaction pays at least (yellow paper §6.2; EIP-2028, 2930, 3860, 7623, 7702). */
export function intrinsicGas(message: GasMessage): { intrinsic: bigint; floor: bigint } {
  const length = (message.data.length - 2) / 2;
  let nulls = 0;
  for (let index = 2; index < message.data.length; index += 2)
    if (message.data.startsWith('00', index)) nulls++;
  const zeros = BigInt(nulls);
  const others = BigInt(length - nulls);
  let intrinsic = 21_000n + 4n * zeros + 16n * others + 25_000n * BigInt(message.authorizations);
  if (!message.to) intrinsic += 32_000n + 2n * BigInt(Math.ceil(length / 32));
  for (const { storageKeys } of message.accessList) intrinsic += 2400n + 1900n * BigInt(storageKeys.length);
  return { intrinsic, floor: 21_000n + 10n * (zeros + 4n * others) };
}

/** Gas that a transaction with this outcome pays for (EIP-3529, EIP-7623). */
export function gasSpent(message: GasMessage, executed: bigint, refund: bigint): bigint {
  const { intrinsic, floor } = intrinsicGas(message);
  const spent = intrinsic + executed;
  const most = spent / 5n;
  const paid = spent - (refund < most ? refund : most);
  return paid > floor ? paid : floor;
}

const CALL_STIPEND = 2_300n;

/**
 * The least gas, to 1.5 %, with which a message succeeds: the gas used alone does not say (EIP-150, refunds).
 *
 * @param high gas with which it succeeds
 * @param executed gas that its execution used then, without the intrinsic part
 * @param succeeds whether it does with so much
 */
export async function leastGas(
  message: GasMessage,
  high: bigint,
  executed: bigint,
  succeeds: (gas: bigint) => Promise<boolean>,
): Promise<bigint> {
  const { intrinsic, floor } = intrinsicGas(message);
  const least = intrinsic > floor ? intrinsic : floor;
  const spent = intrinsic + executed;
  let low = least - 1n;
  // EIP-150 keeps back 1/64 at each call: most often this guess is already enough.
  const guess = ((spent + CALL_STIPEND) * 64n) / 63n;
  for (const candidate of [least > spent ? least : spent, guess]) {
    if (candidate <= low || candidate >= high) continue;
    if (await succeeds(candidate)) {
      high = candidate;
      break;
    }
    low = candidate;
  }
  while (low + 1n < high && (high - low) * 1000n > high * 15n) {
    const middle = (low + high) / 2n;
    if (await succeeds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
