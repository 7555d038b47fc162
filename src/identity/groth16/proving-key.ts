import { HskError } from '../../protocol/errors.ts';
import type { Curve } from './curve.ts';
import { expandG1, expandG2 } from './expand-points.ts';

/** What a wire's value depends on; a higher class changes less often. circuits/wire-classes.ts names them. */
export enum WireClass {
  /** The single proof: day and binding. */
  Changing = 0,
  /** A credential and a token. */
  Token = 1,
  /** A credential and the holder's secret. */
  Credential = 2,
}

/** The four sums over wires, and the one over the quotient. */
export type BaseName = 'A' | 'B1' | 'B2' | 'C' | 'H';

/** Points of one sum; `wires` names the wire of each, in H the row. Affine, Montgomery. */
export interface Bases {
  group: 'g1m' | 'g2m';
  wires: Uint32Array;
  points: Uint8Array;
}

export interface ProvingKey {
  wires: number;
  publicSignals: number;
  /** Rows of the constraint system; a power of two. */
  domain: number;
  /** Affine, Montgomery. */
  alpha1: Uint8Array;
  beta1: Uint8Array;
  delta1: Uint8Array;
  beta2: Uint8Array;
  delta2: Uint8Array;
  classes: Uint8Array;
  bases: Record<BaseName, Bases>;
  /** Records of 44 bytes as `qap_buildABC` of bn128.wasm takes them. */
  coefficients: Uint8Array;
}

/** "HSKG16" and the version. */
const MAGIC = [0x48, 0x53, 0x4b, 0x47, 0x31, 0x36, 1, 0];

/**
 * Reads a key that circuits/compact-key.ts wrote, which says how it is laid out. Its bytes are pinned: what is
 * checked here tells another version apart.
 *
 * @throws `PROVING_KEY`
 */
export function readProvingKey(curve: Curve, bytes: Uint8Array): ProvingKey {
  const reader = new Reader(bytes);
  if (reader.take(8).some((byte, index) => byte !== MAGIC[index])) throw malformed('it begins otherwise');
  const wires = reader.u32();
  const publicSignals = reader.u32();
  const domain = reader.u32();
  const g1 = (count: number) => expandG1(curve, reader.take(32 * count));
  const g2 = (count: number) => expandG2(curve, reader.take(64 * count));
  const [alpha1, beta1, delta1] = [g1(1), g1(1), g1(1)];
  const [beta2, delta2] = [g2(1), g2(1)];
  const classes = reader.take(wires);
  const inA = reader.bitmap(wires);
  const inB = reader.bitmap(wires);
  // Public signals are not in C: the verifier adds them.
  const inC = Uint32Array.from(
    { length: wires - publicSignals - 1 },
    (_, index) => index + publicSignals + 1,
  );
  const rows = Uint32Array.from({ length: domain }, (_, row) => row);
  const bases = {
    A: { group: 'g1m', wires: inA, points: g1(inA.length) },
    B1: { group: 'g1m', wires: inB, points: g1(inB.length) },
    C: { group: 'g1m', wires: inC, points: g1(inC.length) },
    H: { group: 'g1m', wires: rows, points: g1(domain) },
    B2: { group: 'g2m', wires: inB, points: g2(inB.length) },
  } as const;
  const coefficients = reader.coefficients(domain);
  reader.end();
  return { wires, publicSignals, domain, alpha1, beta1, delta1, beta2, delta2, classes, bases, coefficients };
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(size: number): Uint8Array {
    if (this.#at + size > this.#bytes.length) throw malformed('it ends early');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  u32(): number {
    const at = this.#at;
    this.take(4);
    return this.#view.getUint32(at, true);
  }

  /** The numbers whose bit is set. */
  bitmap(length: number): Uint32Array {
    const bits = this.take(Math.ceil(length / 8));
    const set: number[] = [];
    for (let index = 0; index < length; index++) if ((bits[index >> 3]! >> (index & 7)) & 1) set.push(index);
    return Uint32Array.from(set);
  }

  /** u32 matrix | u32 row | u32 wire | value, in the order of the rows. */
  coefficients(domain: number): Uint8Array {
    const [low, high] = this.take(2);
    const values = Array.from({ length: low! | (high! << 8) }, () => this.take(32));
    const begin = this.#at;
    let count = 0;
    for (let line = 0; line < 2 * domain; line++)
      for (let left = this.#leb128(); left > 0; left--, count++) this.#coefficient();
    this.#at = begin;
    const records = new Uint8Array(44 * count);
    const view = new DataView(records.buffer);
    let at = 0;
    for (let line = 0; line < 2 * domain; line++)
      for (let left = this.#leb128(); left > 0; left--, at += 44) {
        const { wire, value } = this.#coefficient();
        view.setUint32(at, line & 1, true);
        view.setUint32(at + 4, line >> 1, true);
        view.setUint32(at + 8, wire, true);
        if (!values[value]) throw malformed(`coefficient ${value} is not in its dictionary`);
        records.set(values[value], at + 12);
      }
    return records;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('something follows its end');
  }

  #coefficient(): { wire: number; value: number } {
    return { wire: this.#leb128(), value: this.take(1)[0]! };
  }

  #leb128(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.take(1)[0]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

function malformed(details: string): HskError {
  return new HskError('PROVING_KEY', 'The proving key is not one that this version reads', {
    details,
    action: 'Serve the files of the circuit that belong to this version.',
  });
}
