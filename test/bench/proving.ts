import { committedCircuit } from '../circuits/committed-circuit.ts';
import { requestFor } from '../circuits/circuit-fixture.ts';
import { prove } from '../../src/identity/prove.ts';

/** Milliseconds by stage. */
export interface ProvingTimes {
  /** Of the process: everything is compiled for the first time. */
  first: Record<string, number>;
  /** Median of the runs after it. */
  warm: Record<string, number>;
  runs: number;
}

/** Proves one admission in Node, single-threaded, with nothing kept from an earlier one. */
export async function measureProving(runs = 5): Promise<ProvingTimes> {
  const request = requestFor();
  const begin = performance.now();
  const circuit = await committedCircuit();
  const load = performance.now() - begin;
  const once = async () => (await prove(circuit, request)).proof.timings;
  const first = { load, ...(await once()) };
  const all: Record<string, number>[] = [];
  for (let run = 0; run < runs; run++) all.push(await once());
  const median = (stage: string) =>
    all.map((one) => one[stage] ?? 0).toSorted((a, b) => a - b)[all.length >> 1]!;
  return { first, warm: Object.fromEntries(Object.keys(first).map((stage) => [stage, median(stage)])), runs };
}
