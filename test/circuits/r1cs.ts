import { FIELD } from '../../src/protocol/zkid.ts';
import { littleEndian } from './circuit-fixture.ts';

/** Coefficients by wire. */
export type LinearForm = Map<number, bigint>;

export interface R1cs {
  wires: number;
  outputs: number;
  publicInputs: number;
  privateInputs: number;
  /** A · B = C. */
  constraints: [LinearForm, LinearForm, LinearForm][];
}

/** iden3's r1cs file, version 1. */
export function parseR1cs(bytes: Uint8Array): R1cs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sections = new Map<number, number>();
  for (let at = 12; at < bytes.length;) {
    sections.set(view.getUint32(at, true), at + 12);
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  const header = sections.get(1)! + 4 + view.getUint32(sections.get(1)!, true);
  const number = (index: number) => view.getUint32(header + 4 * index, true);
  let at = sections.get(2)!;
  const form = (): LinearForm => {
    const terms: LinearForm = new Map();
    const count = view.getUint32(at, true);
    at += 4;
    for (let term = 0; term < count; term++, at += 36)
      terms.set(view.getUint32(at, true), littleEndian(bytes, at + 4));
    return terms;
  };
  const count = view.getUint32(header + 24, true);
  return {
    wires: number(0),
    outputs: number(1),
    publicInputs: number(2),
    privateInputs: number(3),
    constraints: Array.from({ length: count }, () => [form(), form(), form()]),
  };
}

const mod = (value: bigint) => {
  const rest = value % FIELD;
  return rest < 0n ? rest + FIELD : rest;
};

export function evaluate(form: LinearForm, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, coefficient] of form) sum += coefficient * witness[wire]!;
  return mod(sum);
}

/** Numbers of the constraints that do not hold; of all, or of those named. */
export function violated(
  { constraints }: R1cs,
  witness: readonly bigint[],
  among: Iterable<number> = constraints.keys(),
): number[] {
  return [...among].filter((number) => !holds(constraints[number]!, witness));
}

export function holds([a, b, c]: R1cs['constraints'][number], witness: readonly bigint[]): boolean {
  return (evaluate(a, witness) * evaluate(b, witness)) % FIELD === evaluate(c, witness);
}

/** For each wire the constraints in which it stands: only these can change with it. */
export function constraintsOfWires({ constraints, wires }: R1cs): readonly (readonly number[])[] {
  const named = Array.from({ length: wires }, () => new Set<number>());
  constraints.forEach((forms, number) => {
    for (const form of forms) for (const wire of form.keys()) named[wire]!.add(number);
  });
  return named.map((numbers) => [...numbers]);
}

/**
 * What `wire` would have to be for one constraint to hold while the other wires stay; `undefined` where it does not
 * decide, or stands on both sides of the product.
 */
export function solveFor(
  [a, b, c]: R1cs['constraints'][number],
  wire: number,
  witness: readonly bigint[],
): bigint | undefined {
  const slope = (form: LinearForm) => form.get(wire) ?? 0n;
  const rest = (form: LinearForm) => mod(evaluate(form, witness) - slope(form) * witness[wire]!);
  if (slope(a) && slope(b)) return undefined;
  // (a0 + a1 x)(b0 + b1 x) = c0 + c1 x, with a1 b1 = 0.
  const linear = mod(slope(a) * rest(b) + slope(b) * rest(a) - slope(c));
  return linear ? mod((rest(c) - rest(a) * rest(b)) * invert(linear)) : undefined;
}

/** Derivatives of the constraints at `witness` with respect to every wire that is not `fixed`. */
export function jacobian(
  r1cs: R1cs,
  witness: readonly bigint[],
  fixed: (wire: number) => boolean,
): LinearForm[] {
  return r1cs.constraints.map(([a, b, c]) => {
    const row: LinearForm = new Map();
    const add = (form: LinearForm, factor: bigint) => {
      if (factor === 0n) return;
      for (const [wire, coefficient] of form) {
        if (fixed(wire)) continue;
        const sum = mod((row.get(wire) ?? 0n) + coefficient * factor);
        if (sum) row.set(wire, sum);
        else row.delete(wire);
      }
    };
    add(a, evaluate(b, witness));
    add(b, evaluate(a, witness));
    add(c, FIELD - 1n);
    return row;
  });
}

/** Rank over the field by sparse elimination: shortest row first, in its rarest column. Consumes the rows. */
export function rank(rows: LinearForm[]): number {
  const columns = new Map<number, Set<number>>();
  rows.forEach((row, index) => {
    for (const wire of row.keys()) {
      const column = columns.get(wire);
      if (column) column.add(index);
      else columns.set(wire, new Set([index]));
    }
  });
  const bySize: number[][] = [];
  const queue = (index: number) => (bySize[rows[index]!.size] ??= []).push(index);
  const alive = rows.map((row) => row.size > 0);
  rows.forEach((_, index) => alive[index] && queue(index));
  let found = 0;
  for (let size = 1; size < bySize.length; size++) {
    const index = bySize[size]?.pop();
    if (index === undefined) continue;
    const row = rows[index]!;
    if (alive[index] && row.size === size) {
      alive[index] = false;
      found++;
      let pivot = -1;
      for (const wire of row.keys()) {
        columns.get(wire)!.delete(index);
        if (pivot < 0 || columns.get(wire)!.size < columns.get(pivot)!.size) pivot = wire;
      }
      const inverse = invert(row.get(pivot)!);
      for (const other of columns.get(pivot)!) {
        const target = rows[other]!;
        const factor = mod(target.get(pivot)! * inverse);
        for (const [wire, value] of row) {
          const before = target.get(wire);
          const after = mod((before ?? 0n) - factor * value);
          if (after) {
            target.set(wire, after);
            if (before === undefined) columns.get(wire)!.add(other);
          } else if (before !== undefined) {
            target.delete(wire);
            columns.get(wire)!.delete(other);
          }
        }
        if (target.size) queue(other);
        else alive[other] = false;
      }
    }
    // Rows have become shorter: begin again with the shortest.
    size = 0;
  }
  return found;
}

function invert(value: bigint): bigint {
  let [r0, r1, s0, s1] = [FIELD, value, 0n, 1n];
  while (r1) {
    const quotient = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1];
  }
  return mod(s0);
}
