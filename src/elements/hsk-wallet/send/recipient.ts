import { type Address, zeroAddress } from 'viem';
import { sameAddress } from '../../../protocol/address.ts';
import type { ChainProfile } from '../../../protocol/profile.ts';
import { describeTransaction } from '../../../wallet/describe-request.ts';
import type { SentTransaction } from '../../../wallet/journal.ts';
import { readAddress } from '../../shared/read-address.ts';

export type RecipientProblem = 'missing' | 'invalid' | 'checksum' | 'self' | 'nobody' | 'contract';

/** Reads a typed address; what nobody means to send to is refused. */
export function readRecipient(
  text: string,
  own: Address,
  profile: ChainProfile,
): { address: Address } | { problem: RecipientProblem } {
  const typed = text.trim();
  if (!typed) return { problem: 'missing' };
  const read = readAddress(typed);
  if ('problem' in read) return read;
  const { address } = read;
  if (sameAddress(address, zeroAddress)) return { problem: 'nobody' };
  if (sameAddress(address, own)) return { problem: 'self' };
  const { contracts } = profile.execution;
  const deployed = [...Object.values(contracts), ...profile.products.map(({ token }) => token)];
  if (deployed.some((contract) => sameAddress(contract, address))) return { problem: 'contract' };
  return { address };
}

/** Whom the owner has sent to before; what merely arrived makes nobody known, since anybody can send dust. */
export function knownRecipients(sent: readonly SentTransaction[], profile: ChainProfile): Address[] {
  return sent
    .filter(({ status }) => status === 'success' || status === 'pending')
    .map((entry) => describeTransaction(entry, profile))
    .flatMap((what) => (what.kind === 'transfer' || what.kind === 'payment' ? [what.to] : []));
}
