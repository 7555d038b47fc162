import { readFileSync } from 'node:fs';
import type { ProofRequest, ZkidProof } from '../../src/identity/prover-api.ts';
import { KnownSums } from '../../src/identity/known-sums.ts';
import { type Circuit, openCircuit, prove } from '../../src/identity/prove.ts';

const read = (file: string) =>
  new Uint8Array(readFileSync(new URL(`../../circuits/artifacts/${file}`, import.meta.url)));

let opened: Promise<Circuit> | undefined;

/** The circuit of the committed artefacts; once per process. */
export function committedCircuit(): Promise<Circuit> {
  return (opened ??= openCircuit({
    wasm: read('zkid.wasm'),
    curve: read('bn128.wasm'),
    key: read('zkid.key.bin'),
    vkey: JSON.parse(Buffer.from(read('zkid.vkey.json')).toString('utf8')),
  }));
}

const known = new KnownSums();

/** A real proof, made with what earlier ones of the credential left, as the worker does. */
export async function proveAgain(request: ProofRequest): Promise<ZkidProof> {
  const keep = known.keeper(request);
  const { proof, fixed } = await prove(await committedCircuit(), request, {
    known: await known.find(request),
  });
  await keep(fixed);
  return proof;
}

/** A real proof, with nothing kept from an earlier one. */
export async function proveOnce(request: ProofRequest): Promise<ZkidProof> {
  return (await prove(await committedCircuit(), request)).proof;
}
