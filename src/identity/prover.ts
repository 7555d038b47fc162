import { HskError } from '../protocol/errors.ts';
import type { CircuitPins } from '../protocol/profile.ts';
import { type ArtefactStore, indexedDbArtefacts } from './artefact-store.ts';
import { loadArtefacts } from './artefacts.ts';
import { SecondThread, serveMultiplications } from './groth16/second-thread.ts';
import { KnownSums } from './known-sums.ts';
import { type Circuit, fixSums, openCircuit, prove } from './prove.ts';
import type { ProofRequest, ProverWorkerApi, ProvingProgress, ZkidProof } from './prover-api.ts';

/** Share of the whole progress that loading the artefacts takes. */
const LOADING = 0.3;

/** What answers in the prover worker: loads once, proves one after the other. */
export class Prover implements ProverWorkerApi {
  readonly #store: ArtefactStore;
  readonly #fetch: typeof fetch;
  readonly #watchers = new Set<(fraction: number) => void>();
  readonly #known = new KnownSums();
  #loaded = 0;
  #key = '';
  #circuit: Promise<Circuit> | undefined;
  #port: MessagePort | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { store?: ArtefactStore; fetch?: typeof fetch } = {}) {
    this.#store = options.store ?? indexedDbArtefacts();
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
  }

  /** Called again with the same pins it joins the load under way; after a failure it continues it. */
  async prepare(pins: CircuitPins, artefactsBaseUrl: string): Promise<void> {
    const key = JSON.stringify([pins, artefactsBaseUrl]);
    if (this.#key !== key || !this.#circuit) {
      this.#key = key;
      this.#loaded = 0;
      const loading = loadArtefacts(pins, artefactsBaseUrl, {
        store: this.#store,
        fetch: this.#fetch,
        progress: (fraction) => {
          this.#loaded = fraction;
          for (const watcher of this.#watchers) watcher(fraction);
        },
      }).then(openCircuit);
      loading.then(
        (circuit) => this.#employIn(circuit),
        () => {
          if (this.#circuit === loading) this.#circuit = undefined;
        },
      );
      this.#circuit = loading;
    }
    await this.#circuit;
  }

  /** @throws `PROVER_NOT_PREPARED`, and what `prove` and `loadArtefacts` throw */
  prove(request: ProofRequest, progress: (progress: ProvingProgress) => void): Promise<ZkidProof> {
    return this.#inTurn(async () => {
      const circuit = await this.#loadedCircuit(progress);
      const keep = this.#known.keeper(request);
      const known = await this.#known.find(request);
      const { proof, fixed } = await prove(circuit, request, { known, progress });
      await keep(fixed);
      return proof;
    });
  }

  /** @throws as `prove` */
  proveAhead(request: ProofRequest): Promise<void> {
    return this.#inTurn(async () => {
      const circuit = await this.#loadedCircuit();
      const keep = this.#known.keeper(request);
      await keep(await fixSums(circuit, request, await this.#known.find(request)));
    });
  }

  async forget(): Promise<void> {
    this.#known.forget();
  }

  async employ(port: MessagePort): Promise<void> {
    this.#port = port;
    void this.#circuit?.then(
      (circuit) => this.#employIn(circuit),
      () => undefined,
    );
  }

  async multiplyFor(port: MessagePort): Promise<void> {
    serveMultiplications(port);
  }

  #employIn({ groth16 }: Circuit): void {
    const port = this.#port;
    this.#port = undefined;
    if (port) void groth16.employ(new SecondThread(port, groth16.module));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #loadedCircuit(progress?: (progress: ProvingProgress) => void): Promise<Circuit> {
    if (!this.#circuit)
      throw new HskError('PROVER_NOT_PREPARED', 'The prover has no circuit yet', {
        action: 'Call prepare first; after a failed download, call it again.',
      });
    const watch = (fraction: number) => progress?.({ stage: 'artefacts', fraction: LOADING * fraction });
    watch(this.#loaded);
    this.#watchers.add(watch);
    try {
      return await this.#circuit;
    } finally {
      this.#watchers.delete(watch);
    }
  }
}
