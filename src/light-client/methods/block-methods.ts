import type { Hex } from 'viem';
import { keccak256, numberToHex } from '../../protocol/hex.ts';
import { HskError } from '../../protocol/errors.ts';
import { hex, quantity } from '../../protocol/parse.ts';
import type { BlockBody } from '../block-body.ts';
import type { Reader } from '../read.ts';
import { locateReceipt } from '../receipts.ts';
import { rpcBlock, rpcReceipt, rpcTransaction } from '../rpc-format.ts';
import { blockAt, type Method, orNull } from './block-at.ts';

type Show<T> = (body: BlockBody, index: number) => T;

/** From the whole body of the block that the first place names. */
const ofBlock =
  (show: (body: BlockBody, second: unknown) => unknown): Method =>
  (reader, params) =>
    orNull(
      blockAt(reader, params[0])
        .then(reader.body)
        .then((body) => show(body, params[1])),
    );

/** From the block that holds the transaction of this hash. */
const ofHash =
  (show: Show<unknown>): Method =>
  async (reader, params) => {
    const found = await orNull(locateReceipt(reader, hex(32)(params[0], 'params[0]'), 'attested'));
    return found && show(found.body, found.index);
  };

const whole = ofBlock((body, full) => rpcBlock(body, full === true));
const count = ofBlock(({ transactions }) => numberToHex(transactions.length));
const indexed = ofBlock((body, place) => {
  const index = Number(quantity(place, 'params[1]'));
  return index < body.transactions.length ? rpcTransaction(body, index) : null;
});

/** Blocks, transactions and receipts, each from a body whose roots were rebuilt. */
export const BLOCK_METHODS: Record<string, Method> = {
  eth_blockNumber: async (reader) => numberToHex(reader.newest().header.number),
  // A question is answered once both chains were followed to their newest block.
  eth_syncing: async () => false,
  eth_getBlockByNumber: whole,
  eth_getBlockByHash: whole,
  eth_getBlockTransactionCountByNumber: count,
  eth_getBlockTransactionCountByHash: count,
  eth_getTransactionByBlockNumberAndIndex: indexed,
  eth_getTransactionByBlockHashAndIndex: indexed,
  eth_getBlockReceipts: ofBlock((body) => body.receipts.map((_, index) => rpcReceipt(body, index))),
  eth_getTransactionReceipt: ofHash(rpcReceipt),
  eth_getTransactionByHash: ofHash(rpcTransaction),
  eth_sendRawTransaction: (reader, params) => broadcast(reader, hex()(params[0], 'params[0]')),
};

async function broadcast(reader: Reader, raw: Hex): Promise<Hex> {
  const hash = keccak256(raw);
  const answer = hex(32)(
    await reader.follower.parts.execution.request('eth_sendRawTransaction', [raw]),
    'transaction hash',
  );
  if (answer !== hash)
    throw new HskError('TRANSACTION_HASH', 'The endpoint named another transaction than the one sent', {
      details: `${answer}, sent ${hash}`,
      action: 'Whether it was broadcast is unknown: send the same bytes again to another endpoint.',
    });
  return hash;
}
