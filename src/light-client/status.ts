import { HskError } from '../protocol/errors.ts';
import type { Follower } from './follower.ts';
import type { LightClientStatus } from './light-client-api.ts';
import { blockRef } from './linked-headers.ts';

/** Seconds after which an execution chain that brings nothing new counts as stuck. */
export const STALE = 150n;

/** What the listeners are told: phase, heads, and the one thing that is wrong. */
export function describeStatus(
  follower: Follower,
  failures: { mainchain?: HskError; execution?: HskError },
  now: bigint,
): LightClientStatus {
  const { sequenced, anchored, final } = follower.heads;
  const { head } = follower.root.heads;
  const attested = follower.newest();
  const failure = follower.contradiction ?? aged(failures.mainchain ?? failures.execution, follower, now);
  const stale = failure ? undefined : staleness(follower, now);
  const error = failure ?? stale;
  return {
    phase: phaseOf(follower, failure, stale),
    heads: {
      ...(sequenced && { sequenced: blockRef(sequenced) }),
      ...(attested && { attested: blockRef(attested) }),
      ...(anchored && { anchored: blockRef(anchored.block) }),
      ...(final && { final: blockRef(final.block) }),
    },
    ...(head && { mainchain: blockRef(head) }),
    ...(follower.misbehaviour !== undefined && { misbehaviour: true as const }),
    ...(error && {
      error: {
        code: error.code,
        shortMessage: error.shortMessage,
        ...(error.details !== undefined && { details: error.details }),
        ...(error.action !== undefined && { action: error.action }),
      },
    }),
  };
}

function phaseOf(
  follower: Follower,
  failure: HskError | undefined,
  stale: HskError | undefined,
): LightClientStatus['phase'] {
  if (failure) {
    if (NOBODY_THERE.has(failure.code)) return 'unreachable';
    if (!NOT_THERE_YET.has(failure.code)) return 'refused';
  }
  if (failure || stale || !follower.synced || !follower.newest()) return 'syncing';
  return 'live';
}

/** No endpoint gave an answer that could be true or false. */
const NOBODY_THERE = new Set([
  'TRANSPORT_UNREACHABLE',
  'TRANSPORT_OFFLINE',
  'TRANSPORT_TIMEOUT',
  'TRANSPORT_STATUS',
]);

/** Nobody is there: what is shown is the last that was, and how old. */
function aged(failure: HskError | undefined, follower: Follower, now: bigint): HskError | undefined {
  const newest = follower.newest()?.header;
  if (!failure || !newest || !NOBODY_THERE.has(failure.code)) return failure;
  const age = `newest attested block ${newest.number} is ${now - newest.timestamp} s old`;
  return new HskError(failure.code, failure.shortMessage, {
    details: failure.details ? `${failure.details}; ${age}` : age,
    action: 'What is shown was true then. The client keeps trying by itself.',
    cause: failure,
  });
}

/** The peer has not caught up, or is starting; nothing it said was false. */
const NOT_THERE_YET = new Set([
  'MAINCHAIN_BEHIND',
  'EXECUTION_BEHIND',
  'ATTESTATION_EPOCH_TURNS',
  'HEADER_MISSING',
  'RPC_ERROR',
  'OUTPUT_NONE',
  'SYNC_BEHIND',
]);

/** A head stuck for long is as bad as none: nobody tells it from a peer that hides the news. */
function staleness(follower: Follower, now: bigint): HskError | undefined {
  const { newsAt, staleAfter } = follower.root;
  if (newsAt !== undefined && now - newsAt > staleAfter)
    return new HskError('MAINCHAIN_STALE', 'The mainchain has brought no new block for a while', {
      details: `its newest block is ${now - newsAt} s old`,
      action: 'What is shown was true then. Check the device clock and the endpoint.',
    });
  const newest = follower.newest()?.header;
  if (newest && now - newest.timestamp > STALE)
    return new HskError('EXECUTION_STALE', 'No new block has been attested for a while', {
      details: `newest attested block ${newest.number} is ${now - newest.timestamp} s old`,
      action: 'What is shown was true then. Check the device clock and the endpoint.',
    });
  return undefined;
}
