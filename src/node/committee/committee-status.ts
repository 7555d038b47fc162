import { HskError } from '../../protocol/errors.ts';
import type { MemberState } from './member-link.ts';

/** One member, as the aggregator last saw it. */
export interface MemberStatus {
  index: number;
  /** First bytes of its key, to tell it by. */
  key: string;
  state: MemberState['is'];
  /** The last block that it signed, or holds while it catches up. */
  block?: bigint | undefined;
  /** Why it is silent or refuses. */
  code?: string | undefined;
}

/** Whether attestations go on, and if not, since when and why. */
export interface CommitteeStatus {
  epoch: bigint;
  threshold: number;
  /** Newest block of the execution chain. */
  head: bigint;
  /** Newest attested block; 0 before the first. */
  attested: bigint;
  /** Members that answer, be it that they are still catching up. */
  answering: number;
  members: MemberStatus[];
  /** Present while blocks are executed and not attested. */
  stopped?: { since: number; code: string; reason: string } | undefined;
}

/** One line for the operator. */
export function describeCommittee(status: CommitteeStatus): string {
  const { attested, answering, members, threshold, head, stopped, epoch } = status;
  if (!stopped)
    return `${answering} of ${members.length} members answer; attested up to block ${attested} of ${head}`;
  const missing = members
    .filter(({ state }) => state !== 'signing')
    .map(({ index, state, code }) => `member ${index} ${state}${code ? ` (${code})` : ''}`);
  return (
    `attestations stopped at block ${attested}: ${answering} of ${members.length} members answer, ${threshold} must sign` +
    `${missing.length > 0 ? `; ${missing.join(', ')}` : `; ${stopped.reason}`}. ` +
    `Epoch ${epoch}. The chain goes on as sequenced and catches up when they return.`
  );
}

/** Answer of `hsk_getAttestationStatus`: JSON, integers as decimal strings, no address of any member. */
export function formatCommitteeStatus({ stopped, ...status }: CommitteeStatus): unknown {
  return {
    epoch: status.epoch.toString(),
    threshold: status.threshold,
    head: status.head.toString(),
    attested: status.attested.toString(),
    answering: status.answering,
    members: status.members.map(({ block, ...member }) => ({
      ...member,
      ...(block !== undefined && { block: block.toString() }),
    })),
    stopped: stopped ? { ...stopped, since: Math.floor(stopped.since / 1000) } : null,
    summary: describeCommittee({ ...status, stopped }),
  };
}

export function describeMember(index: number, key: string, state: MemberState): MemberStatus {
  return {
    index,
    key: `${key.slice(0, 18)}…`,
    state: state.is,
    ...('block' in state && { block: state.block }),
    ...('error' in state && { code: state.error.code }),
  };
}

export const NO_ENDPOINT = new HskError('MEMBER_UNKNOWN', 'No URL is known for a member of the committee', {
  action: 'Add it to the members of the committee configuration.',
});
