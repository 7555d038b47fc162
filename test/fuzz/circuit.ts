import { FIELD } from '../../src/protocol/zkid.ts';
import { artefact } from '../circuits/circuit-fixture.ts';
import { holdersWires } from '../circuits/holders.ts';
import { constraintsOfWires, holds, parseR1cs, type R1cs, solveFor } from '../circuits/r1cs.ts';
import { Random } from './random.ts';
import type { FuzzOptions } from './run.ts';

/** New values by wire. */
type Change = Map<number, bigint>;

interface Mutable {
  r1cs: R1cs;
  values: readonly bigint[];
  /** Constraints by wire. */
  named: readonly (readonly number[])[];
}

const mod = (value: bigint) => ((value % FIELD) + FIELD) % FIELD;
/** A public input of which no rule speaks: with its sign changed the same witness tells another true statement. */
const BINDING = 6;
/** How often a broken constraint is mended before a witness is given up. */
const MENDINGS = 12;

/** Ways of lying about a witness. */
export const MUTATIONS: Record<string, (random: Random, from: Mutable) => Change> = {
  'any value': (random, { r1cs }) => new Map([[anyWire(random, r1cs), element(random)]]),
  'a small value': (random, { r1cs }) => new Map([[anyWire(random, r1cs), BigInt(random.below(4))]]),
  'a step up or down': (random, { r1cs, values }) => {
    const wire = anyWire(random, r1cs);
    return new Map([[wire, values[wire]! + random.pick([1n, -1n])]]);
  },
  'the other sign': (random, { r1cs, values }) => {
    const wire = anyWire(random, r1cs);
    return new Map(wire === BINDING ? [] : [[wire, -values[wire]!]]);
  },
  'a bit flipped': (random, { r1cs, values }) => {
    const wire = anyWire(random, r1cs);
    return new Map([[wire, values[wire]! ^ (1n << BigInt(random.below(253)))]]);
  },
  'a fraction of the modulus added': (random, { r1cs, values }) => {
    const wire = anyWire(random, r1cs);
    // The field's halves, thirds and so on: what a carry past the modulus would look like.
    const parts = BigInt(2 + random.below(15));
    return new Map([
      [wire, values[wire]! + (FIELD / parts) * (1n + BigInt(random.below(Number(parts) - 1)))],
    ]);
  },
  'scaled by a root of one': (random, { r1cs, values }) => {
    const wire = anyWire(random, r1cs);
    return new Map(wire === BINDING ? [] : [[wire, values[wire]! * rootOfOne(1 + random.below(5))]]);
  },
  'two swapped': (random, { r1cs, values }) => {
    const [one, other] = [anyWire(random, r1cs), anyWire(random, r1cs)];
    return new Map([
      [one, values[other]!],
      [other, values[one]!],
    ]);
  },
  'a pair of one constraint, its sum kept': (random, { r1cs, values }) => {
    const [one, other, weight] = neighbours(random, r1cs);
    const step = random.pick([1n, 2n, element(random)]);
    return new Map([
      [one, values[one]! + step * weight[1]],
      [other, values[other]! - step * weight[0]],
    ]);
  },
  'a pair of one constraint, both signs': (random, { r1cs, values }) => {
    const [one, other] = neighbours(random, r1cs);
    return new Map([
      [one, -values[one]!],
      [other, -values[other]!],
    ]);
  },
  'any value, and what it breaks mended': mended(),
  'a bit of a decomposition, and what it breaks mended': mended((random, { values }) =>
    random.pick([...values.keys()].filter((wire) => wire > 0 && values[wire]! < 2n)),
  ),
};

/**
 * Changes witnesses of the circuit and checks the constraints that can notice.
 *
 * @returns how many of each kind were tried, and those that satisfied the circuit, which should be none
 */
export async function fuzzCircuit(
  { runs, seed }: FuzzOptions,
  r1cs: R1cs = parseR1cs(artefact('zkid.r1cs')),
): Promise<{ counts: Map<string, number>; satisfied: string[] }> {
  const named = constraintsOfWires(r1cs);
  const witnesses = await holdersWires();
  const kinds = Object.keys(MUTATIONS);
  const counts = new Map<string, number>();
  const satisfied: string[] = [];
  const random = new Random(seed);
  for (let run = 0; run < runs;) {
    const values = witnesses[run % witnesses.length]!;
    const kind = random.pick(kinds);
    const change = real(MUTATIONS[kind]!(random, { r1cs, values, named }), values);
    if (change.size === 0) continue;
    run++;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (firstBroken({ r1cs, values: changed(values, change), named }, change.keys()) === undefined)
      satisfied.push(`run ${run}: ${kind}, wires ${[...change.keys()].join(', ')}`);
  }
  return { counts, satisfied };
}

export async function fuzz(options: FuzzOptions): Promise<void> {
  const begin = performance.now();
  const { counts, satisfied } = await fuzzCircuit(options);
  for (const [kind, times] of counts) console.log(`${String(times).padStart(7)}  ${kind}`);
  if (satisfied.length > 0) throw new Error(`these satisfy the circuit:\n${satisfied.join('\n')}`);
  console.log(
    `${options.runs} changed witnesses, none satisfies the circuit; ${Math.round(performance.now() - begin)} ms`,
  );
}

/** Changes a wire, then again and again solves a constraint that broke for another of its wires. */
function mended(
  first: (random: Random, from: Mutable) => number = (random, { r1cs }) => anyWire(random, r1cs),
): (random: Random, from: Mutable) => Change {
  return (random, from) => {
    const start = first(random, from);
    // Every binding has a witness.
    if (start === BINDING) return new Map();
    const change: Change = new Map([
      [start, from.values[start]! < 2n ? 1n - from.values[start]! : element(random)],
    ]);
    for (let mending = 0; mending < MENDINGS; mending++) {
      const values = changed(from.values, change);
      const broken = firstBroken({ ...from, values }, change.keys());
      if (broken === undefined) break;
      const constraint = from.r1cs.constraints[broken]!;
      // Neither the constant nor the statement, and nothing twice: else it goes in circles.
      const free = [...new Set(constraint.flatMap((form) => [...form.keys()]))].filter(
        (wire) => wire > BINDING && !change.has(wire),
      );
      if (free.length === 0) break;
      const wire = random.pick(free);
      const value = solveFor(constraint, wire, values);
      if (value === undefined) break;
      change.set(wire, value);
    }
    return change;
  };
}

function firstBroken({ r1cs, values, named }: Mutable, touched: Iterable<number>): number | undefined {
  for (const wire of touched)
    for (const number of named[wire]!) if (!holds(r1cs.constraints[number]!, values)) return number;
  return undefined;
}

function changed(values: readonly bigint[], change: Change): bigint[] {
  const copy = [...values];
  for (const [wire, value] of change) copy[wire] = value;
  return copy;
}

/** Without what changes nothing. */
function real(change: Change, values: readonly bigint[]): Change {
  return new Map(
    [...change]
      .map(([wire, value]) => [wire, mod(value)] as const)
      .filter(([wire, value]) => value !== values[wire]),
  );
}

/** Never the constant. */
function anyWire(random: Random, { wires }: R1cs): number {
  return 1 + random.below(wires - 1);
}

/** Two wires of one linear form, with their coefficients. */
function neighbours(random: Random, { constraints }: R1cs): [number, number, [bigint, bigint]] {
  for (;;) {
    const form = random.pick(random.pick(constraints));
    const wires = [...form.keys()].filter((wire) => wire > 0);
    if (wires.length < 2) continue;
    const one = random.pick(wires);
    const other = random.pick(wires.filter((wire) => wire !== one));
    return [one, other, [form.get(one)!, form.get(other)!]];
  }
}

function element(random: Random): bigint {
  let value = 0n;
  for (let word = 0; word < 9; word++) value = (value << 31n) | BigInt(random.below(2 ** 31));
  return mod(value);
}

/** Of order 2^power; 5 generates the field's multiplicative group. */
function rootOfOne(power: number): bigint {
  let [result, base, exponent] = [1n, 5n, (FIELD - 1n) >> BigInt(power)];
  for (; exponent; exponent >>= 1n, base = (base * base) % FIELD)
    if (exponent & 1n) result = (result * base) % FIELD;
  return result;
}
