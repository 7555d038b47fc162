import type { Address } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex, object, optional, quantity } from '../../protocol/parse.ts';
import type { HashedHeader } from '../linked-headers.ts';
import type { Reader } from '../read.ts';

/** One method of JSON-RPC, answered from proven values. */
export type Method = (reader: Reader, params: readonly unknown[]) => Promise<unknown>;

const parseReference = object({ blockNumber: optional(quantity), blockHash: optional(hex(32)) });
const parsePlace = object({ number: quantity });

/**
 * The verified block that a tag, a number, a hash or an object of EIP-1898 names: `latest` and `pending` are the
 * newest attested one, `safe` the anchored one, `finalized` the final one.
 *
 * @throws `BLOCK_NOT_ATTESTED`, `BLOCK_NOT_ANCHORED`
 */
export async function blockAt(reader: Reader, named: unknown): Promise<HashedHeader> {
  const { anchored, final } = reader.follower.heads;
  switch (named) {
    case undefined:
    case null:
    case 'latest':
    case 'pending':
      return reader.newest();
    case 'safe':
    case 'finalized': {
      const head = named === 'safe' ? anchored : final;
      if (head) return head.block;
      throw new HskError('BLOCK_NOT_ANCHORED', `No block is ${named} yet`);
    }
    case 'earliest':
      return reader.block(0n);
  }
  const { blockNumber, blockHash } =
    typeof named === 'string' && named.length === 66
      ? { blockNumber: undefined, blockHash: named }
      : typeof named === 'object'
        ? parseReference(named, 'block')
        : { blockNumber: quantity(named, 'block'), blockHash: undefined };
  return blockNumber === undefined ? blockOfHash(reader, blockHash) : reader.block(blockNumber);
}

/** Of the peer's answer only the height is used, as a hint: the verified block there has this hash or has not. */
async function blockOfHash(reader: Reader, named: unknown): Promise<HashedHeader> {
  const hash = hex(32)(named, 'block');
  if (hash === reader.newest().hash) return reader.newest();
  const shown = await reader.follower.parts.execution.request('eth_getBlockByHash', [hash, false]);
  if (shown) {
    const block = await reader.block(parsePlace(shown, 'block').number);
    if (block.hash === hash) return block;
  }
  throw new HskError('BLOCK_NOT_ATTESTED', 'No attested block is known to have this hash', { details: hash });
}

/** The account in the first place, and the block in another. */
export async function accountAt(
  reader: Reader,
  params: readonly unknown[],
  place: number,
): Promise<[Address, HashedHeader]> {
  return [address(params[0], 'params[0]'), await blockAt(reader, params[place])];
}

/** JSON-RPC says null for what is in no attested block yet; that null is no proof of absence. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HskError && /^(?:RECEIPT_PENDING|BLOCK_NOT_ATTESTED)$/.test(error.code)) return null;
    throw error;
  }
}
