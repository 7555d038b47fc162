import type { Address } from 'viem';
import { HskError } from '../../protocol/errors.ts';

/** Who a member listens to, as its operator configured it. */
export interface MemberAccess {
  /** The one account whose blocks it signs. Absent: nobody puts over HTTP. */
  sequencer?: Address | undefined;
  /** Accounts that may read everything. */
  auditors: readonly Address[];
  /** Anybody reads anything, unsigned: for a demonstration, where nothing is private. */
  publicReads: boolean;
}

const same = (one: Address | undefined, other: Address) => one?.toLowerCase() === other.toLowerCase();

/** @throws `COMMITTEE_NOT_SEQUENCER` */
export function requireSequencer({ sequencer }: MemberAccess, account: Address): void {
  if (!same(sequencer, account))
    throw new HskError('COMMITTEE_NOT_SEQUENCER', 'Only the sequencer puts blocks', {
      details: account,
      action: 'Name the account in --sequencer, if it is the sequencer.',
    });
}

/** The sequencer has seen every bundle already, and reads them to rebuild itself. */
export function readsEverything({ sequencer, auditors }: MemberAccess, account: Address): boolean {
  return same(sequencer, account) || auditors.some((auditor) => same(auditor, account));
}

/** @throws `COMMITTEE_NOT_AUDITOR` */
export function requireAuditor(access: MemberAccess, account: Address): void {
  if (!readsEverything(access, account))
    throw new HskError('COMMITTEE_NOT_AUDITOR', 'Whole blocks are given to auditors only', {
      details: account,
      action: 'Ask for /proof/<transaction> of a transaction of your own.',
    });
}
