import { readFileSync } from 'node:fs';
import { curves, wtns } from 'snarkjs';
import { type CircuitInput, WitnessProgram } from '../../src/identity/groth16/witness.ts';
import type { ProofRequest } from '../../src/identity/prover-api.ts';
import {
  type Attributes,
  commitment,
  countryWords,
  HolderKind,
  leaf,
  packAttributes,
  packPolicy,
  type Policy,
} from '../../src/protocol/zkid.ts';
import { chunkOf, parseChunk, pathChildren, ZkidTree } from '../../src/protocol/zkid-tree.ts';

export const artefact = (file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../circuits/artifacts/${file}`, import.meta.url)));

export const SECRET = 123456789012345678901234567890n;
export const INDEX = 4321;
export const TODAY = 20260115;

export const ATTRIBUTES: Attributes = {
  expiry: 20281231,
  birth: 19900215,
  country: 756,
  kind: HolderKind.Person,
  tier: 1,
  screened: true,
  generation: 0,
};

/** Everywhere but Iran, North Korea and Russia, code 895 included. */
export const POLICY: Policy = {
  allowedCountries: Array.from({ length: 896 }, (_, code) => code).filter(
    (code) => ![408, 364, 643].includes(code),
  ),
  kindMask: 1,
  minTier: 1,
  minAge: 18,
  mustBeScreened: true,
  maxGeneration: 7,
};

export interface Case {
  attributes?: Partial<Attributes>;
  policy?: Partial<Policy>;
  today?: number;
  /** Where the leaf stands. */
  index?: number;
}

/** A holder among others in a tree. */
export function requestFor(given: Case = {}): ProofRequest & { root: bigint } {
  const { attributes, policy, today, index = INDEX } = given;
  const attested = { ...ATTRIBUTES, ...attributes };
  const tree = new ZkidTree();
  for (const other of [0, INDEX - 1, INDEX + 1, 9000, 262_143]) tree.set(other, BigInt(other) + 77n);
  tree.set(index, leaf(commitment(SECRET), attested));
  const subtree = parseChunk(tree.encodeChunk(chunkOf(index)), chunkOf(index));
  return {
    credential: {
      issuer: 'test',
      commitment: commitment(SECRET).toString(),
      attributes: attested,
      index,
    },
    secret: SECRET,
    children: pathChildren(subtree, index).map((level) => level.map(String)),
    policy: { ...POLICY, ...policy },
    scope: 99887766554433221100n,
    binding: 0x1234567890abcdef1234567890abcdef12345678n,
    today: today ?? TODAY,
    root: tree.root,
  };
}

/** The circuit's input as a dishonest prover may write it: nothing is checked here. */
export function rawInput(request: ProofRequest): CircuitInput {
  return {
    secret: String(request.secret),
    attributes: String(packAttributes(request.credential.attributes)),
    index: Array.from({ length: 18 }, (_, bit) => String((request.credential.index >> bit) & 1)),
    children: request.children,
    allowedCountries: countryWords(request.policy.allowedCountries.filter((code) => code < 896)).map(String),
    policy: String(packPolicy(request.policy)),
    scope: String(request.scope),
    today: String(request.today),
    binding: String(request.binding),
  };
}

const wasm = artefact('zkid.wasm');

/** The witness, or `undefined` when the circuit refuses. */
export async function witness(input: object): Promise<Uint8Array | undefined> {
  const file: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
  try {
    await wtns.calculate(input, wasm, file);
    return file.data;
  } catch (error) {
    if (/assert|Assert/.test(String(error))) return undefined;
    throw error;
  }
}

/** Returns from a component with "an assertion failed": `i32.const 4`, `return`. */
const ASSERTION = [0x41, 0x04, 0x0f];
let unchecked: WitnessProgram | undefined;

/**
 * All wires as a prover computes them who took the assertions out of the program: every wire follows from the
 * inputs, whether or not they satisfy the circuit.
 */
export async function dishonestWires(input: CircuitInput): Promise<bigint[]> {
  if (!unchecked) {
    const program = Uint8Array.from(wasm);
    let patched = 0;
    for (let at = 0; at < program.length; at++)
      if (ASSERTION.every((byte, offset) => program[at + offset] === byte)) {
        // Three times `nop`.
        program.fill(0x01, at, at + ASSERTION.length);
        patched++;
      }
    if (patched === 0) throw new Error('the witness program has no assertions to take out');
    unchecked = new WitnessProgram(await WebAssembly.compile(program));
  }
  const data = await unchecked.calculate(input);
  return Array.from({ length: data.length / 32 }, (_, wire) => littleEndian(data, 32 * wire));
}

/** The wires as numbers. */
export function wires(data: Uint8Array): bigint[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 12;
  for (;;) {
    const [section, length] = [view.getUint32(at, true), Number(view.getBigUint64(at + 4, true))];
    at += 12;
    if (section === 2)
      return Array.from({ length: length / 32 }, (_, wire) => littleEndian(data, at + 32 * wire));
    at += length;
  }
}

export function littleEndian(data: Uint8Array, offset: number, size = 32): bigint {
  let value = 0n;
  for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(data[offset + index]!);
  return value;
}

/** Keeps snarkjs from starting threads that would outlive the test. */
export async function singleThreadedCurve(): Promise<void> {
  (globalThis as { curve_bn128?: unknown }).curve_bn128 = await curves.getCurveFromName('bn128', {
    singleThread: true,
  });
}
