import { HskError } from '../protocol/errors.ts';
import type { CircuitPins } from '../protocol/profile.ts';
import { type ArtefactStore, indexedDbArtefacts } from './artefact-store.ts';
import { type Artefacts, loadArtefacts } from './artefacts.ts';
import { prepareCurve, prove } from './prove.ts';
import type { ProofRequest, ProverApi, ProvingProgress, ZkidProof } from './prover-api.ts';

/** Share of the whole progress that loading the artefacts takes. */
const LOADING = 0.3;

/** What answers in the prover worker: loads once, proves one after the other. */
export class Prover implements ProverApi {
  readonly #store: ArtefactStore;
  readonly #fetch: typeof fetch;
  readonly #watchers = new Set<(fraction: number) => void>();
  #loaded = 0;
  #key = '';
  #artefacts: Promise<Artefacts> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { store?: ArtefactStore; fetch?: typeof fetch } = {}) {
    this.#store = options.store ?? indexedDbArtefacts();
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
  }

  /** Called again with the same pins it joins the load under way; after a failure it continues it. */
  async prepare(pins: CircuitPins, artefactsBaseUrl: string): Promise<void> {
    const key = JSON.stringify([pins, artefactsBaseUrl]);
    if (this.#key !== key || !this.#artefacts) {
      this.#key = key;
      this.#loaded = 0;
      const loading = loadArtefacts(pins, artefactsBaseUrl, {
        store: this.#store,
        fetch: this.#fetch,
        progress: (fraction) => {
          this.#loaded = fraction;
          for (const watcher of this.#watchers) watcher(fraction);
        },
      });
      loading.catch(() => {
        if (this.#artefacts === loading) this.#artefacts = undefined;
      });
      this.#artefacts = loading;
    }
    // The curve is built while the network works.
    await Promise.all([this.#artefacts, prepareCurve()]);
  }

  /** @throws `PROVER_NOT_PREPARED`, and what `prove` and `loadArtefacts` throw */
  prove(request: ProofRequest, progress: (progress: ProvingProgress) => void): Promise<ZkidProof> {
    const turn = this.#last.then(() => this.#prove(request, progress));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #prove(request: ProofRequest, progress: (progress: ProvingProgress) => void): Promise<ZkidProof> {
    if (!this.#artefacts)
      throw new HskError('PROVER_NOT_PREPARED', 'The prover has no circuit yet', {
        action: 'Call prepare first; after a failed download, call it again.',
      });
    const watch = (fraction: number) => progress({ stage: 'artefacts', fraction: LOADING * fraction });
    watch(this.#loaded);
    this.#watchers.add(watch);
    try {
      const artefacts = await this.#artefacts;
      return await prove(artefacts, request, progress);
    } finally {
      this.#watchers.delete(watch);
    }
  }
}
