import type { Address, Hex } from 'viem';
import { bloomContains } from './bloom.ts';
import { HskError } from './errors.ts';
import type { Header } from './header.ts';
import { type Log, type Receipt, receiptsRoot } from './receipt.ts';

/** A log at its place in the block. */
export interface PlacedLog extends Log {
  transactionIndex: number;
  /** Counted over the whole block. */
  logIndex: number;
}

/** Each position matches any of its alternatives; `null` or an empty list matches everything. */
export interface LogFilter {
  addresses: readonly Address[];
  topics: readonly (readonly Hex[] | null)[];
}

export function bloomMayMatch(bloom: Hex, { addresses, topics }: LogFilter): boolean {
  const any = (alternatives: readonly Hex[] | null) =>
    !alternatives?.length || alternatives.some((item) => bloomContains(bloom, item));
  return any(addresses) && topics.every(any);
}

export function logMatches(log: Log, { addresses, topics }: LogFilter): boolean {
  const wanted = (alternatives: readonly string[] | null, value: string | undefined) =>
    !alternatives?.length ||
    (value !== undefined && alternatives.some((item) => item.toLowerCase() === value.toLowerCase()));
  return (
    log.topics.length >= topics.length &&
    wanted(addresses, log.address) &&
    topics.every((alternatives, index) => wanted(alternatives, log.topics[index]))
  );
}

export function placeLogs(receipts: readonly Receipt[]): PlacedLog[] {
  let logIndex = 0;
  return receipts.flatMap(({ logs }, transactionIndex) =>
    logs.map((log) => ({ ...log, transactionIndex, logIndex: logIndex++ })),
  );
}

/**
 * Every log of a block that matches, and no other (wire.md §4): a bloom miss proves that there is none; on
 * a hit all receipts of the block are needed, and their root must be the header's.
 *
 * @throws `LOGS_RECEIPTS_MISSING` on a bloom hit without receipts, `RECEIPTS_ROOT` when one of them was left
 * out or altered
 */
export function completeLogs(
  header: Header,
  receipts: readonly Receipt[] | undefined,
  filter: LogFilter,
): PlacedLog[] {
  if (!bloomMayMatch(header.logsBloom, filter)) return [];
  if (!receipts)
    throw new HskError(
      'LOGS_RECEIPTS_MISSING',
      'The block may hold such logs, and its receipts were not shown',
      {
        details: `block ${header.number}`,
      },
    );
  checkReceipts(header, receipts);
  return placeLogs(receipts).filter((log) => logMatches(log, filter));
}

/** @throws `RECEIPTS_ROOT` unless these are all receipts of the block, in order and unaltered */
export function checkReceipts(header: Header, receipts: readonly Receipt[]): void {
  const rebuilt = receiptsRoot(receipts);
  if (rebuilt === header.receiptsRoot) return;
  throw new HskError('RECEIPTS_ROOT', "The receipts shown are not the block's", {
    details: `block ${header.number}: root ${rebuilt}, header says ${header.receiptsRoot}`,
    action: 'Something was left out or altered; ask another endpoint.',
  });
}
