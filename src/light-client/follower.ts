import type { Hex } from 'viem';
import { type Committee, parseCommittee } from '../protocol/attestation.ts';
import { PreparedCommittee } from '../protocol/prepared-committee.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { qbftBlockHash } from '../protocol/qbft.ts';
import { ancestor } from './ancestry.ts';
import { type Anchor, readAnchor, readRegistry, type RegistryView } from './anchors.ts';
import { openCommitment, recomputeOutputRoot } from './execution-block.ts';
import { type AttestedHead, stepExecution } from './follow-execution.ts';
import { checkpointView, type MainchainView, stepMainchain } from './follow-mainchain.ts';
import { fetchHeader, type HashedHeader, LinkedHeaders } from './linked-headers.ts';
import { type ProveState, stateProver } from './prove-state.ts';
import { loadHeads, saveCommittee, saveExecution, saveMainchain } from './saved-heads.ts';
import { STALE } from './status.ts';
import type { Store } from './store.ts';
import { insist, type Transport } from './transport.ts';

/** An execution block whose output root the mainchain's registry holds, with the anchor that proves it. */
export interface AnchoredHead {
  block: HashedHeader;
  anchor: Anchor;
}

/** The heads a value can be proven under. Each is verified; none is the peer's word but `sequenced`. */
export interface Heads {
  sequenced?: HashedHeader;
  attested?: AttestedHead;
  anchored?: AnchoredHead;
  final?: AnchoredHead;
}

export interface FollowerParts {
  profile: ChainProfile;
  /** Digest of the profile; names the records in the store. */
  digest: Hex;
  mainchain: Transport;
  execution: Transport;
  store: Store;
  /** Seconds since 1970. */
  now: () => bigint;
}

/** Codes that say those who sign contradict themselves. They stick: nothing is shown after one. */
const CONTRADICTIONS = new Set(['CHAIN_FORK', 'ATTESTATION_EQUIVOCATION', 'ANCHOR_CONFLICT']);

/**
 * Follows both chains by steps; holds what they proved and nothing else. Timers and listeners are the
 * light client's; each step here is one round of questions and decisions.
 */
export class Follower {
  readonly mainchainHeaders: LinkedHeaders;
  readonly executionHeaders: LinkedHeaders;
  readonly proveMainchain: ProveState;
  readonly proveExecution: ProveState;
  readonly heads: Heads = {};
  /** The last attested heads, oldest first: what evidence of a recent answer needs. */
  readonly attestations: AttestedHead[] = [];
  view: MainchainView;
  /** Whether both chains were followed to their newest block at least once since `recall`. */
  synced = false;
  /** A proven contradiction among the signers. */
  contradiction: HskError | undefined;
  /** The mainchain head whose registry was read to the end. */
  #done: Hex | undefined;
  #committee: PreparedCommittee | undefined;
  #savedCommittee: Committee | undefined;

  constructor(readonly parts: FollowerParts) {
    this.view = checkpointView(parts.profile);
    this.mainchainHeaders = new LinkedHeaders(parts.mainchain, qbftBlockHash, 512);
    this.executionHeaders = new LinkedHeaders(parts.execution, executionHash);
    this.proveMainchain = stateProver(parts.mainchain);
    this.proveExecution = stateProver(parts.execution);
  }

  /** Takes up what an earlier visit verified. */
  async recall(): Promise<void> {
    const saved = await loadHeads(this.parts.store, this.parts.digest, this.parts.profile);
    if (saved.mainchain?.head) {
      this.view = saved.mainchain;
      this.mainchainHeaders.admit(saved.mainchain.head);
    }
    if (saved.execution) {
      this.heads.attested = saved.execution;
      this.attestations.push(saved.execution);
      this.executionHeaders.admit(saved.execution.block);
    }
    this.#savedCommittee = saved.committee;
  }

  /** The newest execution block that is attested, or anchored where anchors are ahead. */
  newest(): HashedHeader | undefined {
    const { attested, anchored } = this.heads;
    if (!attested || !anchored) return attested?.block ?? anchored?.block;
    return anchored.block.header.number > attested.block.header.number ? anchored.block : attested.block;
  }

  /** Whether attestations can be judged: the committee of the sealed epoch is known. */
  get committeeKnown(): boolean {
    return this.#committee !== undefined;
  }

  /** The peer has a block that the committee has not signed yet. */
  awaitsAttestation(): boolean {
    const { sequenced } = this.heads;
    const newest = this.newest();
    return sequenced !== undefined && newest !== undefined && sequenced.header.number > newest.header.number;
  }

  /** Sealed head, committee of its epoch, newest anchor and newest final anchor. */
  async followMainchain(): Promise<void> {
    await this.#guard(this.parts.mainchain, async () => {
      const { mainchain, profile, store, digest } = this.parts;
      const depth = profile.mainchain.finalityDepth;
      this.view = await stepMainchain(this.view, mainchain, this.mainchainHeaders, depth);
      const { head } = this.view;
      if (!head || this.#done === head.hash) return;
      const registry = await readRegistry(this.proveMainchain, profile, head);
      // The committee comes first: attestations are followed although an anchor cannot be proven.
      await this.#adoptCommittee(registry);
      const anchored = await this.#newestAnchor(registry, this.heads.anchored);
      if (anchored) this.heads.anchored = anchored;
      const settled = this.mainchainHeaders.get(head.header.number - BigInt(depth));
      const before = settled && (await readRegistry(this.proveMainchain, profile, settled));
      const final = await this.#newestAnchor(before, this.heads.final);
      if (final) this.heads.final = final;
      await saveMainchain(store, digest, this.view);
      this.#done = head.hash;
    });
  }

  /** Newest attestation; beside it the block that is only sequenced. */
  async followExecution(): Promise<void> {
    await this.#guard(this.parts.execution, async () => {
      const { execution, profile, store, digest, now } = this.parts;
      const committee = this.#committee;
      // An attestation counts only under the epoch that the sealed mainchain names.
      if (!committee) return;
      const before = this.heads.attested;
      const [attested, latest] = await Promise.allSettled([
        stepExecution(before, {
          transport: execution,
          prove: this.proveExecution,
          headers: this.executionHeaders,
          profile,
          committee,
          newest: this.newest(),
          now: now(),
        }),
        fetchHeader(execution, 'latest', executionHash),
      ]);
      if (attested.status === 'fulfilled' && attested.value && attested.value !== before) {
        this.heads.attested = attested.value;
        this.attestations.push(attested.value);
        if (this.attestations.length > 256) this.attestations.shift();
        await saveExecution(store, digest, attested.value);
      }
      const newest = this.newest();
      const sequenced = latest.status === 'fulfilled' ? latest.value : this.heads.sequenced;
      const ahead = sequenced && (!newest || sequenced.header.number > newest.header.number);
      const highest = ahead ? sequenced : newest;
      if (highest) this.heads.sequenced = highest;
      for (const step of [attested, latest]) if (step.status === 'rejected') throw step.reason;
      this.synced = true;
    });
  }

  /** The registry's epoch decides; before there is a registry, the profile's committee stands. */
  async #adoptCommittee(registry: RegistryView | undefined): Promise<void> {
    const { profile, execution, store, digest } = this.parts;
    const wanted = registry?.committeeHash;
    if (this.#committee && (wanted === undefined || this.#committee.hash === wanted)) return;
    const candidates = [profile.committee, ...(this.#savedCommittee ? [this.#savedCommittee] : [])];
    for (const candidate of candidates) {
      if (registry && candidate.epoch !== registry.epoch) continue;
      const prepared = new PreparedCommittee(candidate);
      if (wanted !== undefined && prepared.hash !== wanted) continue;
      this.#committee = prepared;
      return;
    }
    this.#committee = undefined;
    const { epoch } = registry!;
    const prepared = await insist(execution, async () => {
      const answer = await execution.request('hsk_getCommittee', [`0x${epoch.toString(16)}`]);
      const named = new PreparedCommittee(parseCommittee(answer, 'committee'));
      if (named.epoch !== epoch || named.hash !== wanted)
        throw new HskError(
          'COMMITTEE_MISMATCH',
          'The endpoint named a committee the mainchain does not know',
          {
            details: `epoch ${epoch}: ${named.hash}, registered ${wanted}`,
            action: 'Ask another endpoint of the execution chain.',
          },
        );
      return named;
    });
    this.#committee = prepared;
    this.#savedCommittee = prepared.committee;
    await saveCommittee(store, digest, prepared.committee);
  }

  async #newestAnchor(
    registry: RegistryView | undefined,
    known: AnchoredHead | undefined,
  ): Promise<AnchoredHead | undefined> {
    if (!registry?.latestBlock) return undefined;
    const { at, latestBlock } = registry;
    const anchor = await readAnchor(this.proveMainchain, this.parts.profile, at, latestBlock);
    if (!anchor) return undefined;
    if (known?.anchor.blockNumber === anchor.blockNumber && known.anchor.outputRoot === anchor.outputRoot)
      return known;
    return { anchor, block: await insist(this.parts.execution, () => this.openAnchor(anchor)) };
  }

  /**
   * The execution block of a proven anchor.
   *
   * @throws `ANCHOR_CONFLICT` when the committee attested another block than the one anchored
   */
  async openAnchor(anchor: Anchor): Promise<HashedHeader> {
    const { execution, profile } = this.parts;
    const { blockNumber } = anchor;
    const above = this.executionHeaders.nearestAbove(blockNumber);
    if (!above) {
      const block = await openCommitment(anchor, execution, this.proveExecution, profile);
      const newest = this.newest();
      if (newest) await this.ancestor(block, newest.header.number);
      this.executionHeaders.admit(block);
      return block;
    }
    const block = await this.ancestor(above, blockNumber);
    const recomputed = await recomputeOutputRoot(block, this.proveExecution, profile);
    if (recomputed !== anchor.outputRoot)
      throw new HskError(
        'ANCHOR_CONFLICT',
        'The mainchain anchored another block than the committee attested',
        {
          details: `block ${blockNumber}: attested ${recomputed}, anchored ${anchor.outputRoot}`,
          action: 'Stop using this deployment and tell its operator.',
        },
      );
    return block;
  }

  /** See `ancestor`; on this execution chain. */
  ancestor(top: HashedHeader, number: bigint): Promise<HashedHeader> {
    return ancestor(top, number, {
      transport: this.parts.execution,
      headers: this.executionHeaders,
      prove: this.proveExecution,
    });
  }

  async #guard(transport: Transport, step: () => Promise<void>): Promise<void> {
    if (this.contradiction) throw this.contradiction;
    try {
      await insist(transport, step);
    } catch (thrown) {
      const error = toHskError(thrown, 'LIGHT_CLIENT_INTERNAL');
      if (CONTRADICTIONS.has(error.code)) this.contradiction = error;
      throw error;
    }
    const isMainchain = transport === this.parts.mainchain;
    const head = isMainchain ? this.view.head : this.newest();
    const limit = STALE[isMainchain ? 'mainchain' : 'execution'] / 2n;
    // A head that stands still may be this endpoint's alone.
    if (head && this.parts.now() - head.header.timestamp > limit) transport.distrust?.('behind');
  }
}
