import { HskError } from '../../protocol/errors.ts';
import type { Access } from '../../protocol/profile.ts';

/** Everybody sends and sees, at the market's price. */
export const OPEN_ACCESS: Access = { senders: 'open', reads: 'public', gas: 'market' };

/**
 * The rules stand in our engine: nothing of them would hold on another's chain.
 * @throws `ACCESS_FOREIGN`
 */
export function requireOpen({ senders, reads, gas }: Access): void {
  if (senders !== OPEN_ACCESS.senders || reads !== OPEN_ACCESS.reads || gas !== OPEN_ACCESS.gas)
    throw new HskError(
      'ACCESS_FOREIGN',
      'Rules for senders, reads and gas hold on the embedded engine only',
      {
        details: `senders ${senders}, reads ${reads}, gas ${gas}, with --execution-url`,
        action: "Leave them out, and set the attached network's own permissioning.",
      },
    );
}
