// Runs in the browser of the benchmark; zkid.ts calls what it puts on `globalThis.bench`.
import pins from '../../../circuits/artifacts/pins.json' with { type: 'json' };
import { circuitInput } from '../../../src/identity/circuit-input.ts';
import { connectProver } from '../../../src/identity/connect-prover.ts';
import type { ProofRequest } from '../../../src/identity/prover-api.ts';
import type { CircuitPins } from '../../../src/protocol/profile.ts';
import { proofRequest } from '../../identity/prover-request.ts';
import type { SnarkjsTask, SnarkjsTimes } from './snarkjs.worker.ts';

/** One proof: milliseconds from the call to the answer, and by stage inside. */
export type Sample = Record<string, number>;

export interface OurTimes {
  /** Artefacts from the local server, checked, expanded. */
  loadMs: number;
  /** The same from IndexedDB. */
  reloadMs: number;
  first: Sample;
  nothing: Sample[];
  credential: Sample[];
  token: Sample[];
  aheadMs: number;
}

const base = new URL('/circuits/', location.href).href;
const request = proofRequest();

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function ours(threads: 1 | 2, runs: number): Promise<OurTimes> {
  const connect = () => connectProver({ threads });
  const before = connect();
  const loadMs = await timed(() => before.prepare(pins as CircuitPins, base));
  before.terminate();
  const prover = connect();
  const reloadMs = await timed(() => prover.prepare(pins as CircuitPins, base));
  // The second worker is given its points meanwhile.
  await pause(1000);
  let fresh = 100n;
  const prove = async (change: Partial<ProofRequest>): Promise<Sample> => {
    const begin = performance.now();
    const { timings } = await prover.prove({ ...request, ...change }, () => undefined);
    return { ...timings, click: performance.now() - begin };
  };
  const series = async (next: () => Promise<Sample>) => {
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run++) samples.push(await next());
    return samples;
  };
  const first = await prove({});
  const nothing = await series(async () => {
    await prover.forget();
    return prove({});
  });
  const credential = await series(() => prove({ scope: fresh++ }));
  const token = await series(() => prove({ scope: fresh - 1n, binding: fresh++ }));
  await prover.forget();
  const aheadMs = await timed(() => prover.proveAhead(request));
  prover.terminate();
  return { loadMs, reloadMs, first, nothing, credential, token, aheadMs };
}

function snarkjs(task: SnarkjsTask): Promise<SnarkjsTimes> {
  const worker = new Worker(new URL('./snarkjs.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<SnarkjsTimes>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<SnarkjsTimes>) => resolve(data));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.postMessage(task);
  }).finally(() => worker.terminate());
}

const ourCircuit = async (runs: number, single: boolean) =>
  snarkjs({
    input: circuitInput(request),
    wasm: `${base}zkid.wasm`,
    zkey: `${base}zkid.zkey`,
    vkey: await (await fetch(`${base}zkid.vkey.json`)).json(),
    runs,
    single,
  });

/** Any siblings are those of some group, whose root the circuit puts out. */
const semaphore = (runs: number, single: boolean, depth: number) =>
  snarkjs({
    input: {
      secret: '736251903847561029384756',
      merkleProofLength: depth,
      merkleProofIndex: 5,
      merkleProofSiblings: Array.from({ length: depth }, (_, level) => String(level + 1)),
      scope: '7',
      message: '8',
    },
    wasm: `/semaphore/semaphore-${depth}.wasm`,
    zkey: `/semaphore/semaphore-${depth}.zkey`,
    runs,
    single,
  });

/** Tasks of this page above 50 ms, as the browser counts them. */
const longTasks: number[] = [];
new PerformanceObserver((list) =>
  longTasks.push(...list.getEntries().map((entry) => entry.duration)),
).observe({
  entryTypes: ['longtask'],
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export const bench = {
  ours,
  ourCircuit,
  semaphore,
  /** Those since it was last asked. */
  longTasks: () => longTasks.splice(0),
};
Object.assign(globalThis, { bench });
