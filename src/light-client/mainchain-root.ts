import type { Hex } from 'viem';
import type { PathEvidence } from '../protocol/evidence.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { HashedHeader } from './linked-headers.ts';
import type { ProveState } from './prove-state.ts';
import type { Store } from './store.ts';
import type { Transport } from './transport.ts';

/** The mainchain headers that a root vouches for. Each is verified, none is the peer's word. */
export interface MainchainHeads {
  /** The newest: what the AnchorRegistry holds under it is `anchored`. */
  head?: HashedHeader;
  /** The newest that can no longer be taken back: what the registry holds under it is `final`. */
  settled?: HashedHeader;
}

/**
 * Why the mainchain is believed, and how far. One implementation for each way a mainchain can be proven:
 * `SealedRoot` by its own validators' seals, `EthereumFinality` by what Ethereum has finalised about it.
 */
export interface MainchainRoot {
  readonly heads: MainchainHeads;
  /** Seconds after which silence means that something is wrong, and since when there is silence. */
  readonly staleAfter: bigint;
  readonly newsAt: bigint | undefined;
  /** Storage proofs under mainchain headers. */
  readonly prove: ProveState;
  /** Takes up what an earlier visit verified. */
  recall(): Promise<void>;
  /**
   * One round of questions and decisions; moves `heads`, and keeps what it verified for the next visit. What is settled
   * never moves backwards; a head that was only claimed may give way to an older one when the claim was refuted.
   * Endpoints whose answers were proven false are asked last from then on.
   */
  follow(): Promise<void>;
  /** How a stranger gets from the profile to one of `heads`. */
  evidence(at: HashedHeader): Promise<PathEvidence>;
}

export interface RootParts {
  profile: ChainProfile;
  /** Digest of the profile; names the records in the store. */
  digest: Hex;
  mainchain: Transport;
  store: Store;
  /** Seconds since 1970. */
  now: () => bigint;
}

/** @throws `MAINCHAIN_ROOT_OTHER` for a profile whose mainchain is proven in another way */
export type OpenRoot = (parts: RootParts) => MainchainRoot;
