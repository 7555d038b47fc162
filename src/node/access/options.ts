import { HskError } from '../../protocol/errors.ts';
import type { Access } from '../../protocol/profile.ts';

/** What the operator chose; `gas` holds from the chain's first block on. */
export type AccessOptions = Access;

export const OPEN_ACCESS: AccessOptions = { senders: 'open', reads: 'public', gas: 'market' };

/**
 * What an attached network shows and whom it lets send is its own operator's matter.
 * @throws `ACCESS_NOT_EMBEDDED`
 */
export function checkEmbedded({ senders, reads, gas }: AccessOptions): void {
  if (senders === 'open' && reads === 'public' && gas === 'market') return;
  throw new HskError('ACCESS_NOT_EMBEDDED', 'Access can only be ruled on the embedded execution chain', {
    details: `--senders ${senders} --reads ${reads} --gas ${gas} with --execution-url`,
    action: 'Leave the options out, and set the rules where that network is run.',
  });
}
