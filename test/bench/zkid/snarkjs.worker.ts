import { curves, groth16 } from 'snarkjs';

/** A circuit with its zkey, to be proven by snarkjs as its users do, in a worker. */
export interface SnarkjsTask {
  input: object;
  wasm: string;
  zkey: string;
  vkey?: object | undefined;
  runs: number;
  single: boolean;
}

/** Milliseconds of each run; of one verification, with a key. */
export interface SnarkjsTimes {
  runs: number[];
  verifyMs?: number;
  signals: string[];
}

const load = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());

addEventListener('message', async ({ data }: MessageEvent<SnarkjsTask>) => {
  const { input, vkey, runs, single } = data;
  const [wasm, zkey] = await Promise.all([load(data.wasm), load(data.zkey)]);
  const times: SnarkjsTimes = { runs: [], signals: [] };
  // Kept between runs, as it keeps the one with threads: built anew each time it would cost a third more.
  if (single)
    (globalThis as { curve_bn128?: unknown }).curve_bn128 = await curves.getCurveFromName('bn128', {
      singleThread: true,
    });
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    const { proof, publicSignals } = await groth16.fullProve(input, wasm, zkey);
    times.runs.push(performance.now() - begin);
    times.signals = publicSignals;
    if (vkey && run === runs - 1) {
      const verifying = performance.now();
      if (!(await groth16.verify(vkey, publicSignals, proof)))
        throw new Error('snarkjs refuses its own proof');
      times.verifyMs = performance.now() - verifying;
    }
  }
  postMessage(times);
});
