import { type Hex, numberToHex } from 'viem';
import { parseEip1186 } from '../protocol/account-proof.ts';
import { epochOf, periodOf, slotAt, slotTime } from '../protocol/beacon-config.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import type { EthereumRoot } from '../protocol/ethereum-root.ts';
import type { PathEvidence } from '../protocol/evidence.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { encodeHeader } from '../protocol/header.ts';
import {
  type EthereumState,
  MESSAGE_PASSER,
  type OutputProof,
  type ProvenOutput,
  verifyOutput,
} from '../protocol/op-stack.ts';
import type { SyncStore } from '../protocol/sync-protocol.ts';
import type { SyncBootstrap, SyncUpdate } from '../protocol/sync-update.ts';
import {
  type EthereumPath,
  finalizedState,
  openEthereum,
  verifyOutputHeader,
} from '../protocol/verify-ethereum.ts';
import { type Beacon, httpBeacon } from './beacon.ts';
import { listOutputs, newestFinal, type OutputList } from './find-outputs.ts';
import { checkAge, startSync, stepSync } from './follow-beacon.ts';
import { fetchHeader, type HashedHeader } from './linked-headers.ts';
import type { MainchainHeads, MainchainRoot, OpenRoot, RootParts } from './mainchain-root.ts';
import { type ProveState, stateProver } from './prove-state.ts';
import { loadSync, saveSync } from './saved-sync.ts';
import { httpTransport, insist, type Transport } from './transport.ts';

/** What a test or another environment may bring of its own. */
export interface EthereumSources {
  /** By default the beacon API over HTTP. */
  beacon?: (urls: readonly string[]) => Beacon;
  /** By default JSON-RPC over HTTP. */
  ethereum?: (urls: readonly string[]) => Transport;
}

/** A mainchain header together with all that proves it. */
interface Reached {
  block: HashedHeader;
  final: boolean;
  finality: SyncUpdate | undefined;
  output: OutputProof;
  messagePasserProof: Hex[];
}

/** Older claims that are tried when the newest do not hold. */
const TRIED = 8n;
/** Reached headers whose proofs are kept for evidence. */
const KEPT = 16;
/** Periods of updates that are asked for at once, for evidence. */
const BATCH = 16;

/** Claims that were proven not to count: an older one may. Anything else ends the search. */
const NEXT_CLAIM = new Set([
  'GAME_UNKNOWN',
  'GAME_LOST',
  'GAME_NOT_RESPECTED',
  'GAME_BLACKLISTED',
  'GAME_RETIRED',
  'GAME_INVALID',
  'PROPOSAL_UNKNOWN',
  'OUTPUT_ROOT_MISMATCH',
  'HEADER_MISSING',
  'RPC_ERROR',
]);

/** For profiles whose mainchain is an OP Stack chain. */
export function ethereumFinality(sources: EthereumSources = {}): OpenRoot {
  return (parts) => {
    const { root, chainId } = parts.profile.mainchain;
    if (!root)
      throw new HskError(
        'MAINCHAIN_ROOT_OTHER',
        'The mainchain of this profile is proven by its own validators',
        {
          details: `chain ${chainId}`,
          action: 'Use the light client for sealed mainchains: workers/light-client.worker.ts.',
        },
      );
    return new EthereumFinality(
      parts,
      root,
      (sources.beacon ?? httpBeacon)(root.beaconUrls),
      (sources.ethereum ?? httpTransport)(root.executionUrls),
    );
  };
}

/**
 * A mainchain by what Ethereum has finalised about it: the sync committee finalises Ethereum's state, that state holds
 * claims about the mainchain's blocks. The head is the newest block whose output root is claimed and not refuted; settled
 * is the newest whose claim was resolved for the defender longer than the air gap ago. `EthereumRoot` says it exactly.
 */
export class EthereumFinality implements MainchainRoot {
  readonly heads: MainchainHeads = {};
  readonly prove: ProveState;
  /** Ethereum finalises an epoch every 6.4 minutes; several missed ones are no accident. */
  readonly staleAfter: bigint;
  #sync: SyncStore | undefined;
  #finality: SyncUpdate | undefined;
  /** The finalised header whose claims were looked through. */
  #searched: SyncStore['finalized'] | undefined;
  /** Why no claim under that header counts, and when it is worth looking again; seconds since 1970. */
  #refused: HskError | undefined;
  #retryAt = 0n;
  /** Seconds since 1970 before which nothing new can have been finalised. */
  #quietUntil = 0n;
  /** The epoch in which the next committee was last asked for. */
  #askedIn = -1;
  readonly #reached = new Map<Hex, Reached>();
  readonly #updates = new Map<number, SyncUpdate>();
  #bootstrap: SyncBootstrap | undefined;

  constructor(
    private readonly parts: RootParts,
    private readonly root: EthereumRoot,
    private readonly beacon: Beacon,
    private readonly ethereum: Transport,
  ) {
    this.prove = stateProver(parts.mainchain);
    this.staleAfter = BigInt(root.beacon.secondsPerSlot * 300);
  }

  /** The time of the newest finalised header. */
  get newsAt(): bigint | undefined {
    return this.#sync && slotTime(this.root.beacon, this.#sync.finalized.beacon.slot);
  }

  async recall(): Promise<void> {
    const { store, digest, now } = this.parts;
    const saved = await loadSync(store, digest, this.root.beacon);
    if (!saved) return;
    try {
      checkAge(this.root, saved.store, now());
    } catch {
      // What this client knew is too old as well: the profile's checkpoint decides.
      return;
    }
    this.#sync = saved.store;
    this.#finality = saved.finality;
  }

  async follow(): Promise<void> {
    const now = this.parts.now();
    if (now >= this.#quietUntil) {
      await this.#followBeacon(now);
      this.#quietUntil = now + BigInt(this.root.beacon.secondsPerSlot);
    }
    const { finalized } = this.#sync!;
    if (this.#searched === finalized) return;
    if (this.#refused && now < this.#retryAt) throw this.#refused;
    this.#refused = undefined;
    try {
      await this.#followOutputs(finalizedState(this.#sync!));
    } catch (error) {
      // Claims that do not count are the same claims a second later.
      if (NEXT_CLAIM.has(toHskError(error).code)) this.#refused = toHskError(error);
      this.#retryAt = now + BigInt(this.root.beacon.secondsPerSlot);
      throw error;
    }
    this.#searched = finalized;
  }

  /** Bootstrap and updates are fetched again: the whole way is shown, and walked once before it is handed out. */
  async evidence(at: HashedHeader): Promise<PathEvidence> {
    const reached = this.#reached.get(at.hash);
    if (!reached)
      throw new HskError('EVIDENCE_REPLACED', 'The mainchain block of this answer is no longer at hand', {
        details: `block ${at.header.number}`,
        action: 'Read the value again.',
      });
    return insist(this.beacon, async () => {
      const path: EthereumPath = {
        ...(await this.#wayTo(reached.finality)),
        output: reached.output,
        header: encodeHeader(at.header),
        messagePasserProof: reached.messagePasserProof,
      };
      openEthereum(this.root, path);
      return { ethereum: path };
    });
  }

  async #followBeacon(now: bigint): Promise<void> {
    const { root, beacon } = this;
    this.#sync ??= await startSync(root, beacon, now);
    const epoch = epochOf(root.beacon, slotAt(root.beacon, now));
    const before = this.#sync;
    const step = await insist(beacon, () => stepSync(root, beacon, before, now, this.#askedIn !== epoch));
    this.#askedIn = epoch;
    this.#finality = step.finality ?? this.#finality;
    if (this.#sync === step.store) return;
    this.#sync = step.store;
    const { store, digest } = this.parts;
    await saveSync(store, digest, { store: step.store, finality: this.#finality });
  }

  async #followOutputs(state: EthereumState): Promise<void> {
    const claims = await insist(this.ethereum, () => listOutputs(this.ethereum, this.root.outputs, state));
    if (claims.count === 0n)
      throw new HskError('OUTPUT_NONE', 'Finalised Ethereum holds no claim about the mainchain yet', {
        details: `Ethereum block ${state.number}`,
        action: 'The client asks again by itself.',
      });
    const head = await this.#newest(claims, claims.count - 1n, state);
    const newest = await insist(this.ethereum, () => newestFinal(claims));
    const settled =
      newest === undefined
        ? undefined
        : await this.#newest(claims, newest, state, true).catch((error: unknown) => {
            // That nothing is settled yet is no reason to show nothing.
            if (NEXT_CLAIM.has(toHskError(error).code)) return undefined;
            throw error;
          });
    this.heads.head = head.block;
    const known = this.heads.settled;
    if (settled && (!known || settled.block.header.number >= known.header.number))
      this.heads.settled = settled.block;
  }

  /** The newest claim at or below `from` that holds. @throws why the newest one does not, when none does */
  async #newest(claims: OutputList, from: bigint, state: EthereumState, final = false): Promise<Reached> {
    let refused: HskError | undefined;
    for (let index = from; index >= 0n && index > from - TRIED; index--) {
      try {
        const reached = await this.#reach(claims, index, state);
        if (reached.final || !final) return reached;
        refused ??= new HskError('GAME_NOT_FINAL', 'No claim about the mainchain is final yet');
      } catch (thrown) {
        const error = toHskError(thrown);
        if (!NEXT_CLAIM.has(error.code)) throw error;
        refused ??= error;
      }
    }
    throw refused!;
  }

  /** Proves the claim, then the mainchain header that it is about. */
  async #reach(claims: OutputList, index: bigint, state: EthereumState): Promise<Reached> {
    const { ethereum } = this;
    // A claim that does not count is no lie of the endpoint that proves it.
    const judged = await insist(ethereum, async () => {
      const proof = await claims.prove(index);
      const { l2BlockNumber } = await claims.hint(index);
      try {
        return { proof, l2BlockNumber, output: verifyOutput(this.root.outputs, state, proof) };
      } catch (error) {
        if (NEXT_CLAIM.has(toHskError(error).code)) return toHskError(error);
        throw error;
      }
    });
    if (judged instanceof HskError) throw judged;
    const { mainchain } = this.parts;
    const open = () => insist(mainchain, () => this.#open(judged.output, judged.l2BlockNumber));
    let reached = await open();
    // Either the claim is false or this endpoint's header: another one may tell.
    if (reached instanceof HskError && mainchain.distrust?.('behind')) reached = await open();
    if (reached instanceof HskError) throw reached;
    const { block } = reached;
    const whole = {
      ...reached,
      final: judged.output.stage === 'final',
      finality: this.#finality,
      output: judged.proof,
    };
    this.#reached.set(block.hash, whole);
    for (const old of this.#reached.keys()) {
      if (this.#reached.size <= KEPT) break;
      this.#reached.delete(old);
    }
    return whole;
  }

  /** The mainchain header that an output root commits to; what is wrong where it commits to another. */
  async #open(
    output: ProvenOutput,
    number: bigint,
  ): Promise<Pick<Reached, 'block' | 'messagePasserProof'> | HskError> {
    const { mainchain } = this.parts;
    const block = await fetchHeader(mainchain, number, executionHash);
    const answer = await mainchain.request('eth_getProof', [MESSAGE_PASSER, [], numberToHex(number)]);
    const { accountProof } = parseEip1186(answer);
    try {
      verifyOutputHeader(output, block.header, accountProof);
      return { block, messagePasserProof: accountProof };
    } catch (error) {
      if (toHskError(error).code === 'OUTPUT_ROOT_MISMATCH') return toHskError(error);
      throw error;
    }
  }

  /** From the checkpoint to the update that finalised the state. */
  async #wayTo(finality: SyncUpdate | undefined): Promise<Pick<EthereumPath, 'bootstrap' | 'updates'>> {
    const config = this.root.beacon;
    this.#bootstrap ??= await this.beacon.bootstrap(this.root.checkpoint.root);
    if (!finality) return { bootstrap: this.#bootstrap, updates: [] };
    const from = periodOf(config, this.#bootstrap.header.beacon.slot);
    const to = periodOf(config, finality.signatureSlot);
    const updates: SyncUpdate[] = [];
    for (let period = from; period < to; period++) {
      if (!this.#updates.has(period)) {
        const fetched = await this.beacon.updates(period, Math.min(BATCH, to - period));
        for (const update of fetched)
          this.#updates.set(periodOf(config, update.attestedHeader.beacon.slot), update);
      }
      const update = this.#updates.get(period);
      if (!update)
        throw new HskError(
          'SYNC_BEHIND',
          'The beacon endpoint does not show the sync committees since the checkpoint',
          {
            details: `period ${period} is missing`,
            action: 'Ask another beacon endpoint, or take a newer checkpoint.',
          },
        );
      updates.push(update);
    }
    return { bootstrap: this.#bootstrap, updates: [...updates, finality] };
  }
}
