import type { Hex } from 'viem';
import { concat, keccak256, pad } from './hex.ts';

/** What an OP Stack output root of version 0 commits to. All 32 bytes. */
export interface OutputRootProof {
  stateRoot: Hex;
  /** Storage root of the message passer: here the Lockbox. */
  messagePasserStorageRoot: Hex;
  latestBlockhash: Hex;
}

/** keccak(version 0 ‖ stateRoot ‖ messagePasserStorageRoot ‖ blockHash); wire.md §3, OP Stack spec "output root". */
export function outputRoot(proof: OutputRootProof): Hex {
  return keccak256(
    concat([
      pad('0x00', { size: 32 }),
      proof.stateRoot,
      proof.messagePasserStorageRoot,
      proof.latestBlockhash,
    ]),
  );
}
