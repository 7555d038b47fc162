import { mkdirSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { type Hex, zeroHash } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { type MemberKey, memberKey, signDigest } from './bls.ts';
import { checkProposal, type CommitteeTerms, type Proposal, type Tip } from './check-proposal.ts';

/** How the aggregator reaches a member, in this process or another. */
export interface MemberEndpoint {
  /** The last block that the member signed. */
  tip(): Promise<Tip>;
  /** Stores the data durably, then signs; 48 bytes. Asked again for the same, it answers the same. */
  sign(proposal: Proposal): Promise<Hex>;
}

interface Vote extends Omit<Tip, 'blockNumber'> {
  signature: Hex;
}

const bundleKey = (commitment: Hex) => `bundle:${commitment}`;
const voteKey = (number: bigint) => `vote:${number.toString().padStart(20, '0')}`;

/**
 * One member of the Data Availability Committee, with a key and a data directory of its own. Its vote on
 * a block number is stored before the signature leaves, so it never signs two attestations for one number,
 * whatever happens in between.
 */
export class Member implements MemberEndpoint {
  readonly key: MemberKey;
  readonly #secret: Uint8Array;
  readonly #terms: CommitteeTerms;
  readonly #store: ClassicLevel<string, Uint8Array>;
  #tip: Tip;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    secret: Uint8Array,
    terms: CommitteeTerms,
    store: ClassicLevel<string, Uint8Array>,
    tip: Tip,
  ) {
    this.key = memberKey(secret);
    this.#secret = secret;
    this.#terms = terms;
    this.#store = store;
    this.#tip = tip;
  }

  static async open(directory: string, secret: Uint8Array, terms: CommitteeTerms): Promise<Member> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const store = new ClassicLevel<string, Uint8Array>(directory, { valueEncoding: 'view' });
    await store.open();
    let tip: Tip = { blockNumber: 0n, blockHash: terms.genesisHash, digest: zeroHash };
    for await (const [name, value] of store.iterator({
      gte: 'vote:',
      lt: 'vote;',
      reverse: true,
      limit: 1,
    })) {
      const { blockHash, digest } = decodeVote(value);
      tip = { blockNumber: BigInt(name.slice(5)), blockHash, digest };
    }
    return new Member(secret, terms, store, tip);
  }

  async tip(): Promise<Tip> {
    return this.#tip;
  }

  /**
   * @throws `COMMITTEE_BEHIND` when blocks before this one are missing here, `COMMITTEE_EQUIVOCATION` when
   *   something else was signed for this number, `COMMITTEE_REFUSED` when a check does not hold
   */
  sign(proposal: Proposal): Promise<Hex> {
    // One at a time: two proposals at once must not both find the number free.
    const turn = this.#last.then(() => this.#sign(proposal));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #sign(proposal: Proposal): Promise<Hex> {
    const { attestation } = proposal;
    if (attestation.blockNumber <= this.#tip.blockNumber) return this.#repeat(proposal);
    if (attestation.blockNumber > this.#tip.blockNumber + 1n)
      throw new HskError('COMMITTEE_BEHIND', 'The member has not seen the blocks before this one', {
        details: `at block ${this.#tip.blockNumber}, asked for ${attestation.blockNumber}`,
      });
    const digest = checkProposal(this.#terms, this.#tip, proposal);
    const signature = signDigest(digest, this.#secret);
    const { blockNumber, blockHash, dataHash } = attestation;
    await this.#store.batch(
      [
        { type: 'put', key: bundleKey(dataHash), value: proposal.bundle },
        { type: 'put', key: voteKey(blockNumber), value: encodeVote({ blockHash, digest, signature }) },
      ],
      { sync: true },
    );
    this.#tip = { blockNumber, blockHash, digest };
    return signature;
  }

  async #repeat(proposal: Proposal): Promise<Hex> {
    const { blockNumber, blockHash } = proposal.attestation;
    const stored = await this.#store.get(voteKey(blockNumber));
    const before = stored && (await this.#tipBefore(blockNumber));
    const vote = stored && decodeVote(stored);
    if (!vote || !before || checkProposal(this.#terms, before, proposal) !== vote.digest)
      throw new HskError('COMMITTEE_EQUIVOCATION', 'The member signed something else for this block number', {
        details: `block ${blockNumber}, ${blockHash}`,
      });
    return vote.signature;
  }

  async #tipBefore(blockNumber: bigint): Promise<Tip | undefined> {
    if (blockNumber === 1n) return { blockNumber: 0n, blockHash: this.#terms.genesisHash, digest: zeroHash };
    const stored = await this.#store.get(voteKey(blockNumber - 1n));
    return stored && { ...decodeVote(stored), blockNumber: blockNumber - 1n };
  }

  /** The data behind a commitment, or nothing when this member never stored it. */
  async bundle(commitment: Hex): Promise<Uint8Array | undefined> {
    return this.#store.get(bundleKey(commitment));
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#store.close();
  }
}

function encodeVote(vote: Vote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(vote));
}

function decodeVote(bytes: Uint8Array): Vote {
  return JSON.parse(new TextDecoder().decode(bytes)) as Vote;
}
