import type { PathEvidence } from '../protocol/evidence.ts';
import { encodeHeader } from '../protocol/header.ts';
import { sealedMainchain, type SealedMainchain } from '../protocol/profile.ts';
import { qbftBlockHash } from '../protocol/qbft.ts';
import { checkAge } from './checkpoint-age.ts';
import { checkpointView, type MainchainView, stepMainchain } from './follow-mainchain.ts';
import { type HashedHeader, LinkedHeaders } from './linked-headers.ts';
import type { MainchainHeads, MainchainRoot, RootParts } from './mainchain-root.ts';
import { type ProveState, stateProver } from './prove-state.ts';
import { loadMainchain, saveMainchain } from './saved-heads.ts';
import { insist } from './transport.ts';

/**
 * A mainchain that its validators seal (QBFT): the head is the newest header that a quorum sealed, settled is
 * what lies `finalityDepth` sealed headers below.
 */
export class SealedRoot implements MainchainRoot {
  readonly heads: MainchainHeads = {};
  readonly prove: ProveState;
  /** The mainchain has a block every two seconds. */
  readonly staleAfter = 60n;
  readonly #parts: RootParts;
  readonly #headers: LinkedHeaders;
  readonly #mainchain: SealedMainchain;
  readonly #depth: bigint;
  #view: MainchainView;
  /** What is trusted was young enough when the following began. */
  #isFresh = false;

  constructor(parts: RootParts) {
    this.#parts = parts;
    this.#headers = new LinkedHeaders(parts.mainchain, qbftBlockHash, 512);
    this.#mainchain = sealedMainchain(parts.profile);
    this.#depth = BigInt(this.#mainchain.finalityDepth);
    this.#view = checkpointView(this.#mainchain);
    this.prove = stateProver(parts.mainchain);
  }

  /** The time of the newest head. */
  get newsAt(): bigint | undefined {
    return this.#view.head?.header.timestamp;
  }

  async recall(): Promise<void> {
    const { store, digest } = this.#parts;
    const saved = await loadMainchain(store, digest, this.#mainchain);
    if (!saved?.head) return;
    this.#headers.admit(saved.head);
    if (!this.#view.head || saved.number > this.#view.number) this.#adopt(saved);
  }

  async follow(): Promise<void> {
    const { mainchain, store, digest, now } = this.#parts;
    const before = this.#view;
    const { checkpointMaxAge: limit } = this.#mainchain;
    if (limit !== undefined && !this.#isFresh) await checkAge(before, mainchain, limit, now());
    this.#isFresh = true;
    await insist(mainchain, async () =>
      this.#adopt(await stepMainchain(this.#view, mainchain, this.#headers, Number(this.#depth))),
    );
    if (this.#view !== before) await saveMainchain(store, digest, this.#view);
    const head = this.heads.head?.header;
    // A head that stands still may be this endpoint's alone.
    if (head && now() - head.timestamp > this.staleAfter / 2n) mainchain.distrust?.('behind');
  }

  /** By the skip rule up to the head, from there by parent hashes down. */
  async evidence(at: HashedHeader): Promise<PathEvidence> {
    const head = this.#view.head ?? at;
    const path = [...this.#view.path.filter(({ hash }) => hash !== head.hash), head];
    const ancestors: HashedHeader[] = [];
    for (let number = head.header.number - 1n; number >= at.header.number; number--)
      ancestors.push(await this.#headers.descend(head, number));
    return {
      path: path.map(({ header }) => encodeHeader(header)),
      ancestors: ancestors.map(({ header }) => encodeHeader(header)),
    };
  }

  #adopt(view: MainchainView): void {
    this.#view = view;
    if (!view.head) return;
    this.heads.head = view.head;
    const settled = this.#headers.get(view.head.header.number - this.#depth);
    if (settled) this.heads.settled = settled;
  }
}

export const openSealedRoot = (parts: RootParts): MainchainRoot => new SealedRoot(parts);
