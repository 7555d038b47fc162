import type { Address, Hex } from 'viem';
import type { Claim } from '../protocol/evidence.ts';
import type { BlockRef, Rung } from '../protocol/trust.ts';

/** What an evidence document says, laid out for a reader. Made only from a document that was verified. */
export interface EvidenceSummary {
  rung: Rung;
  /** What is proven to be true. */
  claim: Claim;
  block: BlockRef & { stateRoot: Hex };
  attestation?: {
    epoch: bigint;
    threshold: number;
    digest: Hex;
    /** The execution block they signed; at or above the answer's. */
    block: bigint;
    members: { key: Hex; signed: boolean }[];
  };
  /** The highest execution block that the registry vouches for in this document. */
  anchor?: { block: bigint; registry: Address };
  mainchain?: {
    number: bigint;
    hash: Hex;
    timestamp: bigint;
    /** Empty where the main chain is not proven by seals. */
    validators: { address: Address; sealed: boolean }[];
  };
  /** What Ethereum has finalised about the main chain's block, where it is proven from there. */
  ethereum?: {
    block: bigint;
    stage: 'proposed' | 'resolved' | 'final';
    signers: number;
    committeeSize: number;
  };
  /** Sealed descendants of the mainchain block; absent until it is final, and where no seals prove it. */
  finalityDepth?: number;
}
