import type { Address, Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { SealedMainchain } from '../protocol/profile.ts';
import { qbftBlockHash } from '../protocol/qbft.ts';
import { verifySkip } from '../protocol/sealed-header.ts';
import { fetchHeader, ForkError, type HashedHeader, type LinkedHeaders } from './linked-headers.ts';
import type { Transport } from './transport.ts';

/** The newest sealed header this client verified, or the profile's checkpoint before the first. */
export interface MainchainView {
  number: bigint;
  hash: Hex;
  /** Whose seals the next header is measured by. */
  validators: Address[];
  /** The headers at which the validator set changed since the checkpoint: by them a stranger follows. */
  path: HashedHeader[];
  /** Absent at the checkpoint, which gives only a hash. */
  head?: HashedHeader;
}

export function checkpointView({ checkpoint }: SealedMainchain): MainchainView {
  return { ...checkpoint, path: [] };
}

/** Headers below a new head that are linked to it, beyond what finality needs. */
const LINKED_BELOW = 16n;

/**
 * One step: the peer's latest header, accepted by its seals, hash-linked to the head before it where the
 * gap is small. Returns the same view when nothing is new.
 *
 * @throws `MAINCHAIN_BEHIND` when the peer is older than what was verified before
 * @throws `CHAIN_FORK` when validators sealed two branches
 * @throws the codes of `verifySkip` when the seals do not carry
 */
export async function stepMainchain(
  view: MainchainView,
  transport: Transport,
  headers: LinkedHeaders,
  finalityDepth: number,
): Promise<MainchainView> {
  const latest = await fetchHeader(transport, 'latest', qbftBlockHash);
  const { number } = latest.header;
  if (number < view.number)
    throw new HskError('MAINCHAIN_BEHIND', 'The endpoint is behind what was already verified', {
      details: `it has block ${number}, verified is ${view.number}`,
      action: 'The client keeps what it has and asks again.',
    });
  if (number === view.number && latest.hash === view.hash) {
    if (view.head) return view;
    headers.admit(latest);
    return { ...view, head: latest };
  }
  const next = await accept(view, latest, transport);
  const linkTo = number - BigInt(finalityDepth) - LINKED_BELOW;
  const lowest = linkTo > view.number ? linkTo : view.number;
  // The link comes before the head is admitted: a sealed header on another branch is a fork, not news.
  const bottom = await headers.descend(latest, lowest > number ? number : lowest);
  if (view.head && bottom.header.number === view.number && bottom.hash !== view.hash)
    throw new ForkError(view.head, bottom);
  if (bottom.header.number === view.number && bottom.hash !== view.hash)
    throw new HskError('CHAIN_FORK', 'The validators sealed two branches', {
      details: `block ${view.number}: ${view.hash} and ${bottom.hash}`,
      action: 'Stop using this deployment and tell its operator.',
    });
  headers.admit(latest);
  return next;
}

/** Skips when the trusted validators' seals allow it; else walks by halves. */
async function accept(
  view: MainchainView,
  target: HashedHeader,
  transport: Transport,
): Promise<MainchainView> {
  try {
    const { validators, hash } = verifySkip(view.validators, target.header);
    const path = sameSet(validators, view.validators) ? view.path : [...view.path, target];
    return { number: target.header.number, hash, validators, path, head: target };
  } catch (error) {
    const gap = target.header.number - view.number;
    const mayWalk = error instanceof HskError && error.code === 'SEAL_SKIP' && gap > 1n;
    if (!mayWalk) throw error;
    const middle = await fetchHeader(transport, view.number + gap / 2n, qbftBlockHash).catch(
      (missing: HskError) => {
        // A peer that cannot show what lies below its header shows another chain's.
        throw missing.code === 'HEADER_MISSING' ? error : missing;
      },
    );
    return accept(await accept(view, middle, transport), target, transport);
  }
}

function sameSet(first: readonly Address[], second: readonly Address[]): boolean {
  return first.length === second.length && first.every((member) => second.includes(member));
}
