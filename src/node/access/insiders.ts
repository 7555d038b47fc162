import { timingSafeEqual } from 'node:crypto';
import type { Served } from '../rpc/view.ts';
import type { Chain } from '../chain/chain.ts';
import { bearer } from './guarded-view.ts';

/** Shows the chain itself to processes of this network, which hold `token`; everybody else what `gate` shows. */
export function insiders(
  chain: Chain,
  gate: Extract<Served, { admit: unknown }>,
  token: string | undefined,
): Served {
  if (token === undefined) return gate;
  const expected = Buffer.from(token);
  return {
    admit(caller) {
      const given = Buffer.from(bearer(caller.authorization) ?? '');
      return given.length === expected.length && timingSafeEqual(given, expected)
        ? chain
        : gate.admit(caller);
    },
  };
}
