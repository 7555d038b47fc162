import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { hex, object, quantity } from '../protocol/parse.ts';
import { atLeast, type Rung } from '../protocol/trust.ts';
import { transactionOutcome } from '../protocol/verify-claim.ts';
import type { BlockBody } from './block-body.ts';
import { fetchInclusion } from './inclusion.ts';
import type { ProvenReceipt } from './light-client-api.ts';
import { fetchHeader, type HashedHeader } from './linked-headers.ts';
import type { Reader } from './read.ts';
import { recallReceipt, saveReceipt } from './saved-receipts.ts';
import { insist } from './transport.ts';

/** A transaction and its receipt, found in a block whose whole body was checked. */
export interface FoundReceipt {
  body: BlockBody;
  index: number;
  rung: Rung;
}

/** The only thing taken from the peer's receipt: where to look. */
const parsePlace = object<{ blockNumber: bigint }>({ blockNumber: quantity });

/** Blocks above the verified head that a sequenced receipt may lie in. */
const SEQUENCED_AHEAD = 16n;

/**
 * Finds a transaction in its block.
 *
 * @throws `RECEIPT_PENDING` while it is in no block, or in one below the rung that is wanted
 * @throws `RECEIPT_NOT_IN_BLOCK` when the block the peer named does not hold it
 */
export async function locateReceipt(
  reader: Reader,
  transactionHash: Hex,
  minimum: Rung,
): Promise<FoundReceipt> {
  const hash = hex(32)(transactionHash, 'transactionHash');
  const { store, digest, execution } = reader.follower.parts;
  const kept = await recallReceipt(store, digest, hash);
  if (kept && reader.rungOf(kept.block) === 'final')
    return { body: kept, index: indexOf(kept, hash), rung: 'final' };
  return insist(execution, () => findReceipt(reader, hash, minimum));
}

async function findReceipt(reader: Reader, hash: Hex, minimum: Rung): Promise<FoundReceipt> {
  const { store, digest, execution } = reader.follower.parts;
  const place = await execution.request('eth_getTransactionReceipt', [hash]);
  if (place === null || place === undefined) throw pending(hash, 'in no block yet');
  const { blockNumber } = parsePlace(place, 'receipt');
  const newest = reader.newest();
  const verified = blockNumber <= newest.header.number;
  if (!verified && minimum !== 'sequenced') throw pending(hash, `in block ${blockNumber}, not attested yet`);
  const block = verified
    ? await reader.block(blockNumber)
    : await sequencedBlock(reader, newest, blockNumber);
  const rung = verified ? reader.rungOf(block) : 'sequenced';
  if (!atLeast(rung, minimum)) throw pending(hash, `in block ${blockNumber}, so far ${rung}`);
  const body = reader.isPrivate ? await fetchInclusion(execution, block, hash) : await reader.body(block);
  const index = indexOf(body, hash);
  if (rung === 'final' && !reader.isPrivate) await saveReceipt(store, digest, hash, body);
  return { body, index, rung };
}

function indexOf({ block, transactions }: BlockBody, hash: Hex): number {
  const index = transactions.findIndex((transaction) => transaction?.hash === hash);
  if (index < 0)
    throw new HskError('RECEIPT_NOT_IN_BLOCK', 'The block the endpoint named does not hold the transaction', {
      details: `${hash} in block ${block.header.number}`,
      action: 'Ask another endpoint of the execution chain.',
    });
  return index;
}

/** A block above the verified head, linked to it by parent hashes. Nothing of it becomes verified. */
async function sequencedBlock(reader: Reader, newest: HashedHeader, number: bigint): Promise<HashedHeader> {
  const gap = number - newest.header.number;
  if (gap > SEQUENCED_AHEAD) throw pending('0x', `in block ${number}, ${gap} above the verified head`);
  const numbers = Array.from({ length: Number(gap) }, (_, index) => number - BigInt(index));
  const blocks = await Promise.all(
    numbers.map((height) => fetchHeader(reader.follower.parts.execution, height, executionHash)),
  );
  [...blocks, newest].reduce((child, parent) => {
    if (child.header.parentHash !== parent.hash)
      throw new HskError('HEADER_UNLINKED', 'A sequenced block does not follow the verified head', {
        details: `block ${child.header.number}`,
      });
    return parent;
  });
  return blocks[0]!;
}

/** Every field from the block's own bytes. */
export function receiptAnswer({ body, index }: Pick<FoundReceipt, 'body' | 'index'>): ProvenReceipt {
  const { block, transactions, receipts } = body;
  const { hash: transactionHash, raw } = transactions[index]!;
  const outcome = transactionOutcome(block.header.number, index, raw, receipts);
  return {
    transactionHash,
    ...outcome,
    logs: outcome.logs.map((log) => ({ ...log, transactionHash })),
  };
}

function pending(hash: Hex, why: string): HskError {
  return new HskError('RECEIPT_PENDING', 'The transaction cannot be proven yet', {
    details: `${hash} ${why}`,
    action: 'Ask again in a moment.',
  });
}
