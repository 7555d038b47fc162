import { HskError } from '../../protocol/errors.ts';
import type { Access } from '../../protocol/profile.ts';

/** What the operator chose; `gas` holds from the chain's first block on. */
export type AccessOptions = Access;

export const OPEN_ACCESS: AccessOptions = { senders: 'open', reads: 'public', gas: 'market' };

export const ACCESS_USAGE = `  --senders WHO       open: everybody sends but who is suspended; admitted: only who the
                      AccessRegistry admits (default open)
  --reads WHO         public, or private: only headers, attestations and anchors are; all else
                      needs a session and shows an account its own (default public)
  --gas PRICE         market, or free: no base fee, and nothing to pay for who has free gas;
                      fixed by the first start of a data directory (default market)
`;

/** Options of `parseArgs` for the flags above. */
export const ACCESS_FLAGS = {
  senders: { type: 'string', default: OPEN_ACCESS.senders },
  reads: { type: 'string', default: OPEN_ACCESS.reads },
  gas: { type: 'string', default: OPEN_ACCESS.gas },
} as const;

/** @throws `NODE_USAGE` naming the flag */
export function parseAccess(flags: { senders: string; reads: string; gas: string }): AccessOptions {
  return {
    senders: choice('senders', flags.senders, ['open', 'admitted']),
    reads: choice('reads', flags.reads, ['public', 'private']),
    gas: choice('gas', flags.gas, ['market', 'free']),
  };
}

function choice<const T extends string>(flag: string, given: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === given);
  if (!found)
    throw new HskError('NODE_USAGE', `--${flag} is ${choices.join(' or ')}`, { details: given.slice(0, 80) });
  return found;
}
