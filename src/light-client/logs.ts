import { HskError } from '../protocol/errors.ts';
import { bloomMayMatch, type LogFilter, logMatches, placeLogs } from '../protocol/logs.ts';
import type { BlockBody, ReadBody } from './block-body.ts';
import type { ProvenLog } from './light-client-api.ts';
import type { HashedHeader } from './linked-headers.ts';

/** Blocks in one log query. */
export const LOG_RANGE = 4096n;

/**
 * Every log of these verified blocks that matches, in order. Complete: a bloom miss proves absence in that
 * block, a hit fetches all of the block and rebuilds its roots (wire.md §4).
 */
export async function collectLogs(
  blocks: readonly HashedHeader[],
  filter: LogFilter,
  readBody: ReadBody,
): Promise<ProvenLog[]> {
  const hits = blocks.filter(({ header }) => bloomMayMatch(header.logsBloom, filter));
  const bodies = await Promise.all(hits.map(readBody));
  return bodies.flatMap((body) => logsOf(body).filter((log) => logMatches(log, filter)));
}

/** @throws `LOGS_RANGE` */
export function checkRange(fromBlock: bigint, toBlock: bigint): void {
  if (toBlock - fromBlock >= LOG_RANGE)
    throw new HskError('LOGS_RANGE', 'The log query covers too many blocks', {
      details: `${fromBlock} to ${toBlock}; at most ${LOG_RANGE}`,
      action: 'Ask in several steps.',
    });
}

/** All logs of a block, each bound to its transaction by its place. */
export function logsOf({ block, transactions, receipts }: BlockBody): ProvenLog[] {
  return placeLogs(receipts).map((log) => ({
    ...log,
    blockNumber: block.header.number,
    transactionHash: transactions[log.transactionIndex]!.hash,
  }));
}
