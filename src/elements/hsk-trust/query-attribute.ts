import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex } from '../../protocol/parse.ts';
import type { Query } from '../../light-client/light-client-api.ts';

/**
 * `account:0x…` or `receipt:0x…` as a query.
 *
 * @throws `QUERY_INVALID`, `PARSE_INVALID`
 */
export function parseQueryAttribute(text: string): Query {
  const [kind, value] = text.trim().split(':');
  if (kind === 'account') return { kind, address: address(value, 'query') as Address };
  if (kind === 'receipt') return { kind, transactionHash: hex(32)(value, 'query') as Hex };
  throw new HskError('QUERY_INVALID', 'The query attribute is not understood', {
    details: text,
    action: 'Write account:0x… or receipt:0x….',
  });
}
