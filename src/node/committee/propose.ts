import { type Hex, numberToHex, type PrivateKeyAccount, zeroHash } from 'viem';
import { type Attestation, attestationDigest, type SignedAttestation } from '../../protocol/attestation.ts';
import type { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError } from '../../protocol/errors.ts';
import { outputRoot } from '../../protocol/output-root.ts';
import type { FollowedChain } from '../chain/chain.ts';
import { bundleHash, encodeBundle } from './bundle.ts';
import { ATTESTATION_LIFETIME, type ChainTerms, type Proposal } from './check-proposal.ts';
import { proposalText } from './equivocation.ts';

export interface ProposerOptions {
  chain: Pick<FollowedChain, 'block' | 'request'>;
  terms: ChainTerms;
  /** Puts its name to every proposal. */
  sequencer: Pick<PrivateKeyAccount, 'address' | 'signMessage'>;
  /** The document that the chain's first state is laid from, where there is one. */
  genesis?: Uint8Array | undefined;
}

export type Propose = (
  blockNumber: bigint,
  committee: Pick<PreparedCommittee, 'epoch' | 'hash'>,
  before: SignedAttestation | undefined,
) => Promise<Proposal>;

/**
 * Makes the proposal for a block. Everything in it follows from the block, the attestation before and the committee,
 * so after a crash it comes out the same.
 */
export function proposer({ chain, terms, sequencer, genesis }: ProposerOptions): Propose {
  return async (blockNumber, committee, before) => {
    const block = await chain.block(blockNumber);
    if (!block)
      throw new HskError('COMMITTEE_BLOCK_MISSING', 'The execution chain does not have this block', {
        details: `block ${blockNumber}`,
      });
    const bundle = encodeBundle(block);
    const { accountProof, storageHash } = (await chain.request('eth_getProof', [
      terms.lockbox,
      [],
      numberToHex(blockNumber),
    ])) as { accountProof: Hex[]; storageHash: Hex };
    const { header, hash } = block;
    const attestation: Attestation = {
      executionChainId: BigInt(terms.executionChainId),
      epoch: committee.epoch,
      committeeHash: committee.hash,
      blockNumber,
      blockHash: hash,
      outputRoot: outputRoot({
        stateRoot: header.stateRoot,
        messagePasserStorageRoot: storageHash,
        latestBlockhash: hash,
      }),
      dataHash: bundleHash(bundle),
      dataLength: BigInt(bundle.length),
      expiry: header.timestamp + ATTESTATION_LIFETIME,
      previous: before ? attestationDigest(terms.domain, before.attestation) : zeroHash,
    };
    const digest = attestationDigest(terms.domain, attestation);
    return {
      attestation,
      signature: await sequencer.signMessage({ message: proposalText(digest) }),
      bundle,
      lockboxProof: accountProof,
      ...(before && { before }),
      ...(!before && genesis && { genesis }),
    };
  };
}
