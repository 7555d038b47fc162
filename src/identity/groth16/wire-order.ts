import { type BaseName, type Bases, type ProvingKey, WireClass } from './proving-key.ts';
import type { Share } from './multiplier.ts';

export type WireBase = Exclude<BaseName, 'H'>;
export const WIRE_BASES: readonly WireBase[] = ['B2', 'A', 'C', 'B1'];
const CLASSES = [WireClass.Changing, WireClass.Token, WireClass.Credential] as const;

interface Range {
  from: number;
  wires: Uint32Array;
}

/** The key's wires and points sorted by class, so that what a class contributes to a sum is one run of points. */
export class WireOrder {
  /** The key's points in the new order. */
  readonly bases: Record<BaseName, Bases>;
  readonly #ranges: Record<WireBase, Record<WireClass, Range>>;
  readonly #wires: Record<WireClass, Uint32Array>;

  constructor({ bases, classes }: Pick<ProvingKey, 'bases' | 'classes'>) {
    const sorted = (name: WireBase) => sortByClass(bases[name], classes);
    this.bases = { A: sorted('A'), B1: sorted('B1'), B2: sorted('B2'), C: sorted('C'), H: bases.H };
    const ranges = (name: WireBase) =>
      byClass((kind) => {
        const { wires } = this.bases[name];
        const from = wires.findIndex((wire) => classes[wire] === kind);
        return from < 0
          ? { from: 0, wires: new Uint32Array() }
          : { from, wires: wires.filter((wire) => classes[wire] === kind) };
      });
    this.#ranges = { A: ranges('A'), B1: ranges('B1'), B2: ranges('B2'), C: ranges('C') };
    const all = Uint32Array.from(classes, (_, wire) => wire);
    this.#wires = byClass((kind) => all.filter((wire) => classes[wire] === kind));
  }

  /** What the wires of a class contribute to a sum. */
  share(base: WireBase, kind: WireClass, witness: Uint8Array): Share {
    const { from, wires } = this.#ranges[base][kind];
    return { base, from, scalars: gather(witness, wires) };
  }

  /** The values of a class. */
  values(kind: WireClass, witness: Uint8Array): Uint8Array {
    return gather(witness, this.#wires[kind]);
  }
}

function byClass<T>(make: (kind: WireClass) => T): Record<WireClass, T> {
  return Object.fromEntries(CLASSES.map((kind) => [kind, make(kind)])) as Record<WireClass, T>;
}

function sortByClass({ group, wires, points }: Bases, classes: Uint8Array): Bases {
  const order = Array.from(wires, (_, position) => position).toSorted(
    (a, b) => classes[wires[a]!]! - classes[wires[b]!]! || a - b,
  );
  const size = points.length / wires.length;
  const sorted = new Uint8Array(points.length);
  for (const [to, from] of order.entries())
    sorted.set(points.subarray(from * size, (from + 1) * size), to * size);
  return { group, wires: Uint32Array.from(order, (position) => wires[position]!), points: sorted };
}

function gather(witness: Uint8Array, wires: Uint32Array): Uint8Array {
  const values = new Uint8Array(32 * wires.length);
  for (const [position, wire] of wires.entries())
    values.set(witness.subarray(32 * wire, 32 * wire + 32), 32 * position);
  return values;
}
