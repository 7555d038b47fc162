import type { Hex } from 'viem';
import { numberToHex } from '../protocol/hex.ts';
import { anchorRegistrySlots } from '../contracts/abi/AnchorRegistry.ts';
import { anchorSlot, committeeSlot, slotKey } from '../protocol/anchor.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { HashedHeader } from './linked-headers.ts';
import type { ProveState } from './prove-state.ts';

/** What the AnchorRegistry says under one sealed mainchain header. */
export interface RegistryView {
  /** The sealed header it was proven under. */
  at: HashedHeader;
  epoch: bigint;
  /** Hash of the current epoch's committee. */
  committeeHash: Hex;
  /** The newest anchored execution block; zero while there is none. */
  latestBlock: bigint;
}

/** An execution block's output root as the mainchain's registry holds it. */
export interface Anchor {
  blockNumber: bigint;
  outputRoot: Hex;
  /** Storage key of the registry's entry. */
  slot: Hex;
  /** The sealed mainchain header it was proven under. */
  at: HashedHeader;
}

/** The registry holds another output root for a block than the attested chain has. */
export class AnchorConflict extends HskError {
  constructor(
    readonly anchor: Anchor,
    attested: Hex,
  ) {
    super('ANCHOR_CONFLICT', 'The mainchain anchored another block than the committee attested', {
      details: `block ${anchor.blockNumber}: attested ${attested}, anchored ${anchor.outputRoot}`,
      action: 'Stop using this deployment and tell its operator.',
    });
  }
}

/**
 * Epoch, committee and height of the newest anchor by storage proof. `undefined` before the registry exists: a zero epoch
 * is what an absent account proves.
 */
export async function readRegistry(
  prove: ProveState,
  profile: ChainProfile,
  at: HashedHeader,
): Promise<RegistryView | undefined> {
  const { anchorRegistry } = profile.mainchain.contracts;
  const { epoch: epochSlot, latestBlock: latestSlot, committees } = anchorRegistrySlots;
  const first = await prove(at, anchorRegistry, [slotKey(epochSlot), slotKey(latestSlot)]);
  const [epoch = 0n, latestBlock = 0n] = first.values;
  if (epoch === 0n) return undefined;
  const committee = await prove(at, anchorRegistry, [committeeSlot(committees, epoch)]);
  return { at, epoch, committeeHash: numberToHex(committee.values[0] ?? 0n, { size: 32 }), latestBlock };
}

/** The anchor of one execution block, or `undefined` when the registry proves to have none for it. */
export async function readAnchor(
  prove: ProveState,
  profile: ChainProfile,
  at: HashedHeader,
  blockNumber: bigint,
): Promise<Anchor | undefined> {
  const slot = anchorSlot(anchorRegistrySlots.anchors, blockNumber);
  const { values } = await prove(at, profile.mainchain.contracts.anchorRegistry, [slot]);
  const root = values[0] ?? 0n;
  return root === 0n ? undefined : { blockNumber, outputRoot: numberToHex(root, { size: 32 }), slot, at };
}
