import { readFileSync } from 'node:fs';
import { prepareCurve, prove } from '../../src/identity/prove.ts';
import type { Artefacts } from '../../src/identity/artefacts.ts';
import { requestFor } from '../circuits/circuit-fixture.ts';

/** Milliseconds by stage. */
export interface ProvingTimes {
  /** Of the process: the curve is built, everything is compiled for the first time. */
  first: Record<string, number>;
  /** Median of the runs after it. */
  warm: Record<string, number>;
  runs: number;
}

/** Proves one admission in Node, single-threaded as in the worker. */
export async function measureProving(runs = 5): Promise<ProvingTimes> {
  const read = (file: string) =>
    new Uint8Array(readFileSync(new URL(`../../circuits/artifacts/${file}`, import.meta.url)));
  const artefacts: Artefacts = {
    wasm: read('zkid.wasm'),
    zkey: read('zkid.zkey'),
    vkey: JSON.parse(Buffer.from(read('zkid.vkey.json')).toString('utf8')),
  };
  const request = requestFor();
  const once = async () => (await prove(artefacts, request, () => undefined)).timings;
  const begin = performance.now();
  await prepareCurve();
  const curve = performance.now() - begin;
  const timings = await once();
  const first = { ...timings, curve, total: timings['total']! + curve };
  const all: Record<string, number>[] = [];
  for (let run = 0; run < runs; run++) all.push(await once());
  const median = (stage: string) => all.map((one) => one[stage]!).toSorted((a, b) => a - b)[all.length >> 1]!;
  return { first, warm: Object.fromEntries(Object.keys(first).map((stage) => [stage, median(stage)])), runs };
}
