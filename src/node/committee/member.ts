import { type Address, type Hex, zeroHash } from 'viem';
import { type Attestation, attestationDigest, type SignedAttestation } from '../../protocol/attestation.ts';
import type { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError } from '../../protocol/errors.ts';
import { verifyAttestation } from '../../protocol/verify-attestation.ts';
import type { MemberKey } from './bls.ts';
import { memberKey, signDigest } from './scheme.ts';
import { type ChainTerms, checkProposal, contents, type Proposal, type Tip } from './check-proposal.ts';
import { contradictions } from '../../protocol/misbehaviour.ts';
import { type Equivocation, proposalText } from './equivocation.ts';
import { MemberStore, type Place, type Vote } from './member-store.ts';
import type { CommitteeRegistry } from './registry.ts';
import { textSigner } from './signed-request.ts';

/** How the aggregator reaches a member, in this process or another. */
export interface MemberEndpoint {
  /** The member's public key: 96 bytes of compressed G2, or an address. */
  publicKey(): Promise<Hex>;
  /** The last block that the member signed or took over. */
  tip(): Promise<Tip>;
  /** Stores the data durably, then signs. Asked again for the same, it answers the same. */
  sign(proposal: Proposal): Promise<Hex>;
  /** What it keeps about a block number. */
  vote(blockNumber: bigint): Promise<Vote | undefined>;
  /** Stores a block that the committee of an earlier epoch attested; nothing is signed. */
  adopt(proposal: Proposal, certificate: SignedAttestation): Promise<void>;
}

export interface MemberOptions {
  directory: string;
  secret: Uint8Array;
  terms: ChainTerms;
  registry: CommitteeRegistry;
  /** The account whose proposals count. */
  sequencer: Address;
}

/**
 * One member of the Data Availability Committee, with a key and a data directory of its own. Its vote on
 * a block number is stored before the signature leaves, so it never signs two blocks of one number,
 * whatever happens in between.
 */
export class Member implements MemberEndpoint {
  readonly key: MemberKey;
  readonly store: MemberStore;
  readonly #options: MemberOptions;
  #newest: Vote | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: MemberOptions, store: MemberStore, newest: Vote | undefined) {
    this.key = memberKey(options.secret, options.terms.scheme);
    this.store = store;
    this.#options = options;
    this.#newest = newest;
  }

  static async open(options: MemberOptions): Promise<Member> {
    const store = await MemberStore.open(options.directory);
    return new Member(options, store, await store.newest());
  }

  async publicKey(): Promise<Hex> {
    return this.key.publicKey;
  }

  async tip(): Promise<Tip> {
    return this.#tip;
  }

  /** Number of the first block that is ever attested. */
  get #first(): bigint {
    return this.#options.terms.attestedAfter.number + 1n;
  }

  get #tip(): Tip {
    return this.#tipOf(this.#newest);
  }

  #tipOf(vote: Vote | undefined): Tip {
    if (!vote) {
      const { number, hash } = this.#options.terms.attestedAfter;
      return { blockNumber: number, blockHash: hash, digest: zeroHash, epoch: 0n };
    }
    const { blockNumber, blockHash, epoch } = vote.attestation;
    return { blockNumber, blockHash, digest: vote.digest, epoch };
  }

  /**
   * @throws `COMMITTEE_BEHIND` when blocks before this one are missing here, `COMMITTEE_EQUIVOCATION` when
   *   another block was signed for this number, `COMMITTEE_REFUSED` when a check does not hold,
   *   `COMMITTEE_EPOCH` when another committee's turn it is, `COMMITTEE_NOT_A_MEMBER`,
   *   `COMMITTEE_NOT_SEQUENCER`
   */
  sign(proposal: Proposal): Promise<Hex> {
    return this.#inTurn(async () => {
      this.#checkProposer(proposal);
      const vote = await this.#voteAt(proposal.attestation);
      if (vote?.signature && vote.digest === this.#digest(proposal.attestation)) return vote.signature;
      const tip = await this.#tipFor(proposal, vote);
      const committee = await this.#committeeInTurn(proposal.attestation, tip);
      const digest = checkProposal(this.#options.terms, committee, tip, proposal);
      const signature = signDigest(digest, this.#options.secret, this.#options.terms.scheme);
      await this.#keep(proposal, { digest, signature });
      return signature;
    });
  }

  /** @throws as `sign`, and the codes of `verifyAttestation` for the certificate */
  adopt(proposal: Proposal, certificate: SignedAttestation): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkProposer(proposal);
      const { attestation } = proposal;
      const vote = await this.#voteAt(attestation);
      const digest = this.#digest(attestation);
      if (vote?.digest === digest && vote.certificate) return;
      const tip = await this.#tipFor(proposal, vote?.digest === digest ? undefined : vote);
      const committee = await this.#committee(attestation.epoch);
      checkProposal(this.#options.terms, committee, tip, proposal);
      verifyAttestation({
        signed: { ...certificate, attestation },
        domain: this.#options.terms.domain,
        committee,
        executionChainId: this.#options.terms.executionChainId,
        // An attestation of the past is judged by its own time.
        now: 0n,
      });
      const { bitmap, signature } = certificate;
      await this.#keep(proposal, {
        digest,
        ...(vote?.digest === digest && vote.signature && { signature: vote.signature }),
        certificate: { bitmap, signature },
      });
    });
  }

  /** One at a time: two proposals at once must not both find the number free. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(step);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #digest(attestation: Attestation): Hex {
    return attestationDigest(this.#options.terms.domain, attestation);
  }

  #checkProposer({ attestation, signature }: Proposal): void {
    const signer = textSigner(proposalText(this.#digest(attestation)), signature);
    if (signer !== this.#options.sequencer.toLowerCase())
      throw new HskError('COMMITTEE_NOT_SEQUENCER', 'The proposal was not signed by the sequencer', {
        details: `block ${attestation.blockNumber}, signed by ${signer ?? 'nobody'}`,
        action: 'Name the account in --sequencer, if it is the sequencer.',
      });
  }

  async #voteAt({ blockNumber }: Attestation): Promise<Vote | undefined> {
    return blockNumber > this.#tip.blockNumber ? undefined : this.store.vote(blockNumber);
  }

  /** The tip that the proposal must follow: the member's own, or the one before it where it is proposed anew. */
  async #tipFor(proposal: Proposal, vote: Vote | undefined): Promise<Tip> {
    const { attestation, before } = proposal;
    const tip = this.#tip;
    const behind = (details: string) =>
      new HskError('COMMITTEE_BEHIND', 'The member has not seen the blocks before this one', {
        details: `at block ${tip.blockNumber}, asked for ${attestation.blockNumber}${details}`,
      });
    if (attestation.blockNumber > tip.blockNumber + 1n) throw behind('');
    if (attestation.blockNumber === tip.blockNumber + 1n) {
      // The block here was attested in a later epoch than this member signed it in.
      if (attestation.previous !== tip.digest && before && before.attestation.epoch > tip.epoch)
        throw behind(`, after epoch ${before.attestation.epoch}`);
      return tip;
    }
    const newer =
      attestation.blockNumber === tip.blockNumber &&
      vote !== undefined &&
      contradictions(vote.attestation, attestation).length === 0 &&
      attestation.epoch >= vote.attestation.epoch;
    if (!newer) await this.#refuseConflict(proposal, vote);
    return this.#tipOf(
      attestation.blockNumber === this.#first
        ? undefined
        : await this.store.vote(attestation.blockNumber - 1n),
    );
  }

  /** Kept before it is refused: the sequencer's signatures over both prove who wanted two blocks of one height. */
  async #refuseConflict(proposal: Proposal, vote: Vote | undefined): Promise<never> {
    const { attestation, signature } = proposal;
    const fields = vote ? contradictions(vote.attestation, attestation) : [];
    if (vote && fields.length > 0)
      await this.store.addEvidence(
        {
          first: { attestation: vote.attestation, signature: vote.proposer },
          second: { attestation, signature },
        },
        this.#digest(attestation),
      );
    throw new HskError('COMMITTEE_EQUIVOCATION', 'The member signed something else for this block number', {
      details: `block ${attestation.blockNumber}, ${attestation.blockHash}: ${fields.join(', ') || 'an earlier epoch'}`,
      action: 'Both proposals are kept as evidence. The sequencer must go on from what it proposed first.',
    });
  }

  async #committee(epoch: bigint): Promise<PreparedCommittee> {
    const committee = await this.#options.registry.committee(epoch);
    if (!committee)
      throw new HskError('COMMITTEE_EPOCH', 'The mainchain has registered no committee for this epoch', {
        details: `epoch ${epoch}`,
        action: 'Ask again once the registration is in a block that the member sees.',
      });
    return committee;
  }

  /** The committee of the newest epoch alone signs; and only its members do. */
  async #committeeInTurn({ epoch }: Attestation, tip: Tip): Promise<PreparedCommittee> {
    const committee = await this.#committee(epoch);
    const current = await this.#options.registry.currentEpoch();
    if (epoch < current || epoch < tip.epoch)
      throw new HskError('COMMITTEE_EPOCH', 'Another epoch has begun', {
        details: `epoch ${epoch} proposed, ${current > tip.epoch ? current : tip.epoch} stands`,
        action: 'Propose the block in that epoch.',
      });
    if (!committee.committee.keys.some((key) => key.toLowerCase() === this.key.publicKey))
      throw new HskError('COMMITTEE_NOT_A_MEMBER', 'This member is not in the committee of the epoch', {
        details: `epoch ${epoch}, key ${this.key.publicKey.slice(0, 18)}…`,
      });
    return committee;
  }

  async #keep(proposal: Proposal, made: Pick<Vote, 'digest' | 'signature' | 'certificate'>): Promise<void> {
    const { attestation, bundle, genesis } = proposal;
    const vote: Vote = { attestation, proposer: proposal.signature, ...made };
    const last = this.#newest;
    const { before } = proposal;
    // Whether the aggregate is right is judged by whoever relies on it; that it is about this vote, here.
    const certified =
      last && before && !last.certificate && this.#digest(before.attestation) === last.digest
        ? { ...last, certificate: { bitmap: before.bitmap, signature: before.signature } }
        : undefined;
    await this.store.add({
      vote,
      bundle,
      transactions: contents(bundle).transactionHashes,
      before: certified && last!.attestation.blockNumber < attestation.blockNumber ? certified : undefined,
      genesis: attestation.blockNumber === this.#first ? genesis : undefined,
    });
    this.#newest = vote;
  }

  /** The data behind a commitment, or nothing when this member never stored it. */
  bundle(commitment: Hex): Promise<Uint8Array | undefined> {
    return this.store.bundle(commitment);
  }

  vote(blockNumber: bigint): Promise<Vote | undefined> {
    return this.store.vote(blockNumber);
  }

  place(transaction: Hex): Promise<Place | undefined> {
    return this.store.place(transaction);
  }

  evidence(): Promise<Equivocation[]> {
    return this.store.evidence();
  }

  async close(): Promise<void> {
    await this.#last;
    await this.store.close();
  }
}
