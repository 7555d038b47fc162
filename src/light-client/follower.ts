import { type Committee, parseCommittee, type SignedAttestation } from '../protocol/attestation.ts';
import { PreparedCommittee } from '../protocol/prepared-committee.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { ancestor } from './ancestry.ts';
import { type Anchor, AnchorConflict, readAnchor, readRegistry, type RegistryView } from './anchors.ts';
import { openCommitment, recomputeOutputRoot } from './execution-block.ts';
import { type AttestedHead, stepExecution } from './follow-execution.ts';
import { fetchHeader, type HashedHeader, LinkedHeaders } from './linked-headers.ts';
import type { MainchainRoot, OpenRoot, RootParts } from './mainchain-root.ts';
import { type ProveState, stateProver } from './prove-state.ts';
import { MISBEHAVIOUR, writeMisbehaviour } from './misbehaviour.ts';
import { loadHeads, saveAnchor, saveCommittee, saveExecution } from './saved-heads.ts';
import { STALE } from './status.ts';
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

export interface FollowerParts extends RootParts {
  execution: Transport;
  openRoot: OpenRoot;
}

/** Codes that say those who sign contradict themselves. They stick: nothing is shown after one. */
const CONTRADICTIONS = new Set(['CHAIN_FORK', 'ATTESTATION_EQUIVOCATION', 'ANCHOR_CONFLICT']);

/**
 * Follows both chains by steps; holds what they proved and nothing else. Timers and listeners are the
 * light client's; each step here is one round of questions and decisions.
 */
export class Follower {
  /** Why the mainchain is believed. */
  readonly root: MainchainRoot;
  readonly executionHeaders: LinkedHeaders;
  readonly proveExecution: ProveState;
  readonly heads: Heads = {};
  /** The last attested heads, oldest first: what evidence of a recent answer needs. */
  readonly attestations: AttestedHead[] = [];
  /** Whether both chains were followed to their newest block at least once since `recall`. */
  synced = false;
  /** A proven contradiction among the signers. */
  contradiction: HskError | undefined;
  /** The document that proves it, as JSON text, where one could be made. */
  misbehaviour: string | undefined;
  /** The last attestation whose signatures held. */
  #signed: SignedAttestation | undefined;
  /** The mainchain headers whose registry was read to the end. */
  #done = '';
  #committee: PreparedCommittee | undefined;
  #savedCommittee: Committee | undefined;

  constructor(readonly parts: FollowerParts) {
    this.root = parts.openRoot(parts);
    this.executionHeaders = new LinkedHeaders(parts.execution, executionHash);
    this.proveExecution = stateProver(parts.execution);
  }

  /**
   * Takes up what an earlier visit or another tab verified; what is attested or final never goes back.
   * @throws `CHAIN_FORK` when that is another block of the same height
   */
  async recall(): Promise<void> {
    await this.root.recall();
    const { execution, committee, ...anchors } = await loadHeads(this.parts.store, this.parts.digest);
    if (execution && isNewer(execution, this.heads.attested)) this.#attested(execution);
    const { head: at } = this.root.heads;
    for (const key of ['anchored', 'final'] as const) {
      const saved = anchors[key];
      // What is final stays so; what is anchored stands as long as the head that it was proven under.
      if (key === 'anchored' && !saved) delete this.heads.anchored;
      if (!saved || !at || (key === 'final' && !isNewer(saved, this.heads.final))) continue;
      this.executionHeaders.admit(saved.block);
      const { block, ...anchor } = saved;
      this.heads[key] = { block, anchor: { ...anchor, blockNumber: block.header.number, at } };
    }
    this.#savedCommittee = committee;
    const document = await this.parts.store.get('heads', this.parts.digest, MISBEHAVIOUR);
    if (typeof document !== 'string') return;
    this.misbehaviour = document;
    this.contradiction ??= new HskError(
      'MISBEHAVIOUR_KNOWN',
      'Those who sign this deployment were seen to contradict themselves',
      {
        action:
          'Export the evidence for its operator, and go on only with a profile that names a later checkpoint.',
      },
    );
  }

  #attested(head: AttestedHead): void {
    this.executionHeaders.admit(head.block);
    this.heads.attested = head;
    this.attestations.push(head);
    if (this.attestations.length > 256) this.attestations.shift();
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

  /** Mainchain head, committee of its epoch, newest anchor and newest final anchor. */
  async followMainchain(): Promise<void> {
    await this.#guard(async () => {
      await this.root.follow();
      const { head, settled } = this.root.heads;
      const done = `${head?.hash}/${settled?.hash}`;
      if (!head || this.#done === done) return;
      await insist(this.parts.mainchain, async () => {
        const registry = await readRegistry(this.root.prove, this.parts.profile, head);
        // The committee comes first: attestations are followed although an anchor cannot be proven.
        await this.#adoptCommittee(registry);
        const anchored = await this.#newestAnchor(registry, this.heads.anchored);
        // Under a head that gave way to an older one nothing may be anchored any more.
        await this.#anchored('anchored', anchored);
        const before = settled && (await readRegistry(this.root.prove, this.parts.profile, settled));
        const final = await this.#newestAnchor(before, this.heads.final);
        if (final) await this.#anchored('final', final);
      });
      this.#done = done;
    });
  }

  /** Newest attestation; beside it the block that is only sequenced. */
  async followExecution(): Promise<void> {
    const step = async () => {
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
          onSigned: (signed) => (this.#signed = signed),
        }),
        fetchHeader(execution, 'latest', executionHash),
      ]);
      if (attested.status === 'fulfilled' && attested.value && attested.value !== before) {
        this.#attested(attested.value);
        await saveExecution(store, digest, attested.value);
      }
      const newest = this.newest();
      const sequenced = latest.status === 'fulfilled' ? latest.value : this.heads.sequenced;
      const ahead = sequenced && (!newest || sequenced.header.number > newest.header.number);
      const highest = ahead ? sequenced : newest;
      if (highest) this.heads.sequenced = highest;
      if (attested.status === 'fulfilled') this.#signed = undefined;
      for (const step of [attested, latest]) if (step.status === 'rejected') throw step.reason;
      this.synced = true;
    };
    await this.#guard(() => insist(this.parts.execution, step));
    // A head that stands still may be this endpoint's alone.
    const newest = this.newest()?.header;
    if (newest && this.parts.now() - newest.timestamp > STALE / 2n) this.parts.execution.distrust?.('behind');
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

  async #anchored(key: 'anchored' | 'final', head: AnchoredHead | undefined): Promise<void> {
    if (head === this.heads[key]) return;
    if (head) this.heads[key] = head;
    else delete this.heads[key];
    await saveAnchor(this.parts.store, this.parts.digest, key, head && { ...head.anchor, block: head.block });
  }

  async #accuse(error: HskError): Promise<void> {
    this.contradiction = error;
    this.misbehaviour = await writeMisbehaviour(this, error, this.#signed);
    if (this.misbehaviour !== undefined)
      await this.parts.store.put('heads', this.parts.digest, MISBEHAVIOUR, this.misbehaviour);
  }

  async #newestAnchor(
    registry: RegistryView | undefined,
    known: AnchoredHead | undefined,
  ): Promise<AnchoredHead | undefined> {
    if (!registry?.latestBlock) return undefined;
    const { at, latestBlock } = registry;
    const anchor = await readAnchor(this.root.prove, this.parts.profile, at, latestBlock);
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
    if (recomputed !== anchor.outputRoot) throw new AnchorConflict(anchor, recomputed);
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

  /** A proven contradiction ends all following. */
  async #guard(step: () => Promise<void>): Promise<void> {
    if (this.contradiction) throw this.contradiction;
    try {
      await step();
    } catch (thrown) {
      const error = toHskError(thrown, 'LIGHT_CLIENT_INTERNAL');
      if (CONTRADICTIONS.has(error.code)) await this.#accuse(error);
      throw error;
    }
  }
}

function isNewer(head: { block: HashedHeader }, known: { block: HashedHeader } | undefined): boolean {
  return !known || head.block.header.number > known.block.header.number;
}
