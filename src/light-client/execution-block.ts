import type { Hex } from 'viem';
import type { Attestation } from '../protocol/attestation.ts';
import { HskError } from '../protocol/errors.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { outputRoot } from '../protocol/output-root.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { verifyAttestedHeader } from '../protocol/verify-attestation.ts';
import type { Anchor } from './anchors.ts';
import { fetchHeader, type HashedHeader } from './linked-headers.ts';
import type { ProveState } from './prove-state.ts';
import type { Transport } from './transport.ts';

/**
 * The execution header that an attestation or an anchor stands for: its hash where it is named (an anchor
 * commits to it only through the output root), and the output root recomputed from the header and the
 * Lockbox's proven storage root.
 *
 * @throws `ATTESTATION_HEADER` when the peer's header is not the attested one
 * @throws `OUTPUT_ROOT_MISMATCH` when the recomputed output root is another
 */
export async function openCommitment(
  commitment: Attestation | Anchor,
  transport: Transport,
  prove: ProveState,
  profile: ChainProfile,
): Promise<HashedHeader> {
  const block = await fetchHeader(transport, commitment.blockNumber, executionHash);
  if ('blockHash' in commitment) verifyAttestedHeader(commitment, block.header);
  const recomputed = await recomputeOutputRoot(block, prove, profile);
  if (recomputed !== commitment.outputRoot)
    throw new HskError(
      'OUTPUT_ROOT_MISMATCH',
      'The block does not have the output root it was committed to with',
      {
        details: `block ${commitment.blockNumber}: ${recomputed}, committed ${commitment.outputRoot}`,
        action: 'Ask another endpoint of the execution chain.',
      },
    );
  return block;
}

/** Output root of a block from its header and the Lockbox's storage root, proven under it. */
export async function recomputeOutputRoot(
  block: HashedHeader,
  prove: ProveState,
  profile: ChainProfile,
): Promise<Hex> {
  const { account } = await prove(block, profile.execution.contracts.lockbox);
  return outputRoot({
    stateRoot: block.header.stateRoot,
    messagePasserStorageRoot: account.storageRoot,
    latestBlockhash: block.hash,
  });
}
