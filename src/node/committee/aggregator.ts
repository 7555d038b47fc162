import type { Hex, PrivateKeyAccount } from 'viem';
import { attestationDigest, type SignedAttestation } from '../../protocol/attestation.ts';
import type { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError, toHskError } from '../../protocol/errors.ts';
import type { FollowedChain } from '../chain/chain.ts';
import { aggregateVotes } from './aggregate.ts';
import { AttestationStore } from './attestation-store.ts';
import type { ChainTerms } from './check-proposal.ts';
import { type CommitteeStatus, describeCommittee, describeMember, NO_ENDPOINT } from './committee-status.ts';
import { gather } from './gather.ts';
import type { MemberEndpoint } from './member.ts';
import { MemberLink } from './member-link.ts';
import { type Propose, proposer } from './propose.ts';
import type { CommitteeRegistry } from './registry.ts';

/** Finds the member that holds a key, in this process or another; `undefined` while nobody is known to. */
export type FindMember = (publicKey: Hex) => Promise<MemberEndpoint | undefined>;

export interface AggregatorOptions {
  directory: string;
  chain: FollowedChain;
  terms: ChainTerms;
  registry: CommitteeRegistry;
  findMember: FindMember;
  sequencer: Pick<PrivateKeyAccount, 'address' | 'signMessage'>;
  /** Handed to the members with the first block. */
  genesis?: Uint8Array | undefined;
  /** Milliseconds that a member may stay silent. */
  timeout?: number;
  report: (message: string) => void;
}

const RETRY_MS = 1000;
const GRACE_MS = 40;
/** Milliseconds between two searches for members that nobody is known to be. */
const SEARCH_MS = 5000;

interface Links {
  committee: PreparedCommittee;
  /** In member order; absent where no endpoint is known for the key. */
  members: (MemberLink | undefined)[];
  searchedAt: number;
}

/**
 * Follows the execution chain block by block, gathers the members' signatures and keeps the chain of
 * attestations. Each block is proposed in the newest epoch that the mainchain registered by then; what was
 * attested stays attested in its own.
 */
export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #store: AttestationStore;
  readonly #propose: Propose;
  readonly #listeners = new Set<(attestation: SignedAttestation) => void>();
  readonly #stopFollowing: () => void;
  #latest: SignedAttestation | undefined;
  #links: Links | undefined;
  #stopped: CommitteeStatus['stopped'];
  /** Indices of the members last reported as not signing. */
  #missing = '';
  #pumping: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    options: AggregatorOptions,
    store: AttestationStore,
    latest: SignedAttestation | undefined,
  ) {
    this.#options = options;
    this.#store = store;
    this.#propose = proposer(options);
    this.#latest = latest;
    this.#stopFollowing = options.chain.onBlock(() => this.#wake());
    this.#wake();
  }

  static async open(options: AggregatorOptions): Promise<Aggregator> {
    const store = await AttestationStore.open(options.directory);
    return new Aggregator(options, store, await store.newest());
  }

  get latest(): SignedAttestation | undefined {
    return this.#latest;
  }

  get registry(): CommitteeRegistry {
    return this.#options.registry;
  }

  attestation(blockNumber: bigint): Promise<SignedAttestation | undefined> {
    return this.#store.get(blockNumber);
  }

  /** Called with every new attestation, in order. */
  onAttested(listener: (attestation: SignedAttestation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): CommitteeStatus {
    const { committee, members = [] } = this.#links ?? {};
    const described = members.map((link, index) =>
      describeMember(
        index,
        committee!.committee.keys[index]!,
        link?.state ?? { is: 'silent', error: NO_ENDPOINT },
      ),
    );
    return {
      epoch: committee?.epoch ?? 0n,
      threshold: committee?.threshold ?? 0,
      head: this.#options.chain.head().header.number,
      attested: this.#newest(),
      answering: described.filter(({ state }) => state !== 'silent' && state !== 'unknown').length,
      members: described,
      ...(this.#stopped && { stopped: this.#stopped }),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopFollowing();
    clearTimeout(this.#retry);
    await this.#pumping;
    await Promise.all(this.#links?.members.map((link) => link?.close()) ?? []);
    await this.#store.close();
  }

  #wake(): void {
    if (this.#closed) return;
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #pump(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      while (!this.#closed && this.#newest() < this.#options.chain.head().header.number) {
        await this.#attest(this.#newest() + 1n);
        this.#wentOn();
      }
    } catch (error) {
      if (this.#closed) return;
      this.#didStop(toHskError(error));
      this.#retry = setTimeout(() => this.#wake(), RETRY_MS);
    }
  }

  #newest(): bigint {
    return this.#latest?.attestation.blockNumber ?? this.#options.terms.attestedAfter.number;
  }

  async #attest(blockNumber: bigint): Promise<void> {
    const { terms, timeout = 2000 } = this.#options;
    const { committee, members } = await this.#inTurn();
    const proposal = await this.#propose(blockNumber, committee, this.#latest);
    const digest = attestationDigest(terms.domain, proposal.attestation);
    const { answers } = await gather(
      members.map((link) => async () => {
        if (!link) throw NO_ENDPOINT;
        return link.ask(proposal, committee);
      }),
      { threshold: committee.threshold, timeout, grace: GRACE_MS },
    );
    const signed = aggregateVotes(proposal.attestation, digest, answers, committee);
    await this.#store.put(signed);
    this.#latest = signed;
    for (const listener of this.#listeners) listener(signed);
  }

  /** The committee whose turn it is, and how its members are reached. An epoch once begun is not gone back from. */
  async #inTurn(): Promise<Links> {
    const { registry, report } = this.#options;
    const begun = this.#latest?.attestation.epoch ?? 0n;
    const current = await registry.currentEpoch();
    const epoch = current > begun ? current : begun;
    const before = this.#links;
    if (before?.committee.epoch !== epoch) {
      const committee = await registry.committee(epoch);
      if (!committee)
        throw new HskError('COMMITTEE_EPOCH', 'The mainchain has registered no committee', {
          details: `epoch ${epoch}`,
        });
      await Promise.all(before?.members.map((link) => link?.close()) ?? []);
      this.#links = { committee, members: [], searchedAt: 0 };
      if (before || begun > 0n) {
        const next = this.#newest() + 1n;
        if (epoch > begun)
          report(
            `epoch ${epoch} begins with block ${next}: ${committee.threshold} of ${committee.size} sign`,
          );
      }
    }
    return this.#search(this.#links!);
  }

  async #search(links: Links): Promise<Links> {
    const { keys } = links.committee.committee;
    const complete = keys.every((_, index) => links.members[index]);
    if (complete || Date.now() - links.searchedAt < SEARCH_MS) return links;
    links.searchedAt = Date.now();
    await Promise.all(
      keys.map(async (key, index) => {
        if (links.members[index]) return;
        const member = await this.#options.findMember(key).catch(() => undefined);
        links.members[index] = member && this.#link(member);
      }),
    );
    return links;
  }

  #link(member: MemberEndpoint): MemberLink {
    return new MemberLink({
      member,
      terms: this.#options.terms,
      propose: this.#propose,
      attestation: (blockNumber) => this.#store.get(blockNumber),
      newest: () => this.#newest(),
    });
  }

  /** One line when it stops, not one for every attempt. */
  #didStop(error: HskError): void {
    const already = this.#stopped;
    const { code } = error;
    this.#stopped = { since: already?.since ?? Date.now(), code, reason: error.shortMessage };
    if (already?.code === code) return;
    this.#missing = this.#missingNow();
    this.#options.report(
      code === 'COMMITTEE_BELOW_THRESHOLD'
        ? describeCommittee(this.status())
        : `attestations stopped at block ${this.#newest()}: ${error.message.replaceAll('\n', ' ')}`,
    );
  }

  #wentOn(): void {
    const { report } = this.#options;
    const stopped = this.#stopped;
    this.#stopped = undefined;
    if (stopped)
      report(
        `attestations go on with block ${this.#newest()}, after ${Math.round((Date.now() - stopped.since) / 1000)} s`,
      );
    const missing = this.#missingNow();
    if (missing === this.#missing) return;
    this.#missing = missing;
    report(missing ? `${missing}; the others sign` : 'all members sign');
  }

  #missingNow(): string {
    return this.status()
      .members.filter(({ state }) => state === 'silent' || state === 'refusing')
      .map(({ index, state, code }) => `member ${index} is ${state} (${code})`)
      .join(', ');
  }
}
