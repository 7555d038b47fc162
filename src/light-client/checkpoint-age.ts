import { HskError } from '../protocol/errors.ts';
import { qbftBlockHash } from '../protocol/qbft.ts';
import type { MainchainView } from './follow-mainchain.ts';
import { fetchHeader } from './linked-headers.ts';
import { insist, type Transport } from './transport.ts';

/**
 * Whether the seals of today may be measured by what is trusted. Validators who left long ago can seal another chain from
 * there without any loss: against that only a limit on the age of what is trusted helps.
 *
 * @param limit seconds
 * @throws `CHECKPOINT_OLD`; `CHECKPOINT_OTHER` when the endpoint has another block there
 */
export async function checkAge(
  view: MainchainView,
  transport: Transport,
  limit: number,
  now: bigint,
): Promise<void> {
  const trusted =
    view.head ??
    (await insist(transport, async () => {
      const found = await fetchHeader(transport, view.number, qbftBlockHash);
      if (found.hash === view.hash) return found;
      throw new HskError('CHECKPOINT_OTHER', 'The endpoint has another block than the checkpoint', {
        details: `block ${view.number}: ${found.hash}, pinned ${view.hash}`,
        action: 'Ask an endpoint of this mainchain.',
      });
    }));
  const age = now - trusted.header.timestamp;
  if (age > BigInt(limit))
    throw new HskError(
      'CHECKPOINT_OLD',
      'What this client trusts of the mainchain is too old to follow on from',
      {
        details: `block ${view.number} is ${age} s old, allowed are ${limit}`,
        action: 'Load a profile with a newer checkpoint from its operator, over a way you trust.',
      },
    );
}
