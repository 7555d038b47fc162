import type { Call } from '../protocol/evidence.ts';
import { numberToHex } from '../protocol/hex.ts';

/** A call's parameters as JSON-RPC has them. */
export function callParams({ from, to, data, value, gas }: Call): readonly unknown[] {
  return [
    {
      from,
      to,
      data,
      ...(value !== undefined && { value: numberToHex(value) }),
      ...(gas !== undefined && { gas: numberToHex(gas) }),
    },
  ];
}
