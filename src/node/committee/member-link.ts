import type { Hex } from 'viem';
import { attestationDigest, type SignedAttestation } from '../../protocol/attestation.ts';
import type { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError, toHskError } from '../../protocol/errors.ts';
import type { ChainTerms, Proposal } from './check-proposal.ts';
import type { MemberEndpoint } from './member.ts';
import type { Propose } from './propose.ts';

export interface MemberLinkOptions {
  member: MemberEndpoint;
  terms: ChainTerms;
  propose: Propose;
  /** A published attestation. */
  attestation: (blockNumber: bigint) => Promise<SignedAttestation | undefined>;
  /** The newest published one's number. */
  newest: () => bigint;
}

/** Blocks put to a member that is behind before it is asked again where it stands. */
const BATCH = 64n;
/** So many missing blocks are made up for while the others wait; more are made up for beside. */
const AT_ONCE = 4n;

/** Requests that a member may leave open; it is asked no further until one is answered or given up. */
const MOST_OPEN = 4;

/** How one member stands, as the aggregator last saw it. */
export type MemberState =
  | { is: 'unknown' }
  | { is: 'signing'; block: bigint }
  | { is: 'behind'; block: bigint }
  | { is: 'silent' | 'refusing'; error: HskError };

/** The aggregator's end of one member: asks for signatures, and shows a member that missed blocks those first. */
export class MemberLink {
  readonly #options: MemberLinkOptions;
  #catchingUp: Promise<void> | undefined;
  #open = 0;
  #closed = false;
  state: MemberState = { is: 'unknown' };

  constructor(options: MemberLinkOptions) {
    this.#options = options;
  }

  /** @throws what the member refuses with; `COMMITTEE_BEHIND` while it is caught up */
  async ask(proposal: Proposal, committee: PreparedCommittee): Promise<Hex> {
    this.#open++;
    try {
      if (this.#open > MOST_OPEN)
        throw new HskError('MEMBER_LATE', 'A committee member leaves requests unanswered', {
          details: `${MOST_OPEN} of them`,
        });
      const signature = await this.#ask(proposal, committee);
      this.state = { is: 'signing', block: proposal.attestation.blockNumber };
      return signature;
    } catch (thrown) {
      const error = toHskError(thrown, 'MEMBER_FAILED');
      if (error.code !== 'COMMITTEE_BEHIND')
        this.state = { is: UNANSWERED.has(error.code) ? 'silent' : 'refusing', error };
      throw error;
    } finally {
      this.#open--;
    }
  }

  async #ask(proposal: Proposal, committee: PreparedCommittee): Promise<Hex> {
    const { member } = this.#options;
    if (!this.#catchingUp) {
      try {
        return await member.sign(proposal);
      } catch (error) {
        if (!(error instanceof HskError) || error.code !== 'COMMITTEE_BEHIND') throw error;
      }
      const { blockNumber } = await member.tip();
      this.state = { is: 'behind', block: blockNumber };
      const missing = proposal.attestation.blockNumber - blockNumber;
      this.#catchingUp ??= this.#catchUp(committee).finally(() => (this.#catchingUp = undefined));
      if (missing > AT_ONCE) this.#catchingUp.catch(() => undefined);
      else {
        await this.#catchingUp;
        return member.sign(proposal);
      }
    }
    throw new HskError('COMMITTEE_BEHIND', 'The member is being shown the blocks that it missed');
  }

  /** Up to the newest attestation; those of the committee's own epoch it signs too, late. */
  async #catchUp(committee: PreparedCommittee): Promise<void> {
    const { member, newest, terms } = this.#options;
    for (let last = -1n; ;) {
      const tip = await member.tip();
      const known = tip.blockNumber > 0n ? await this.#options.attestation(tip.blockNumber) : undefined;
      // What it signed in an earlier epoch was attested in a later one.
      const stale = known && attestationDigest(terms.domain, known.attestation) !== tip.digest;
      const first = stale ? tip.blockNumber : tip.blockNumber + 1n;
      if (first > newest()) return;
      if (first === last)
        throw new HskError('MEMBER_STUCK', 'A member takes a block and stays where it was', {
          details: `block ${first}`,
        });
      last = first;
      const end = first + BATCH - 1n < newest() ? first + BATCH - 1n : newest();
      for (let number = first; number <= end; number++) {
        if (this.#closed) return;
        await this.#show(number, committee);
        this.state = { is: 'behind', block: number };
      }
    }
  }

  async #show(blockNumber: bigint, committee: PreparedCommittee): Promise<void> {
    const { member, attestation, propose } = this.#options;
    const [signed, before] = await Promise.all([attestation(blockNumber), attestation(blockNumber - 1n)]);
    if (!signed)
      throw new HskError('COMMITTEE_BLOCK_MISSING', 'The attestation of an earlier block is missing', {
        details: `block ${blockNumber}`,
        action: 'Run hsk-node rebuild.',
      });
    const { epoch, committeeHash: hash } = signed.attestation;
    const proposal = await propose(blockNumber, { epoch, hash }, before);
    if (epoch === committee.epoch) await member.sign(proposal);
    else await member.adopt(proposal, signed);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#catchingUp?.catch(() => undefined);
  }
}

const UNANSWERED = new Set(['MEMBER_UNREACHABLE', 'MEMBER_LATE', 'MEMBER_ANSWER', 'MEMBER_UNKNOWN']);
