import { FIELD } from '../../src/protocol/zkid.ts';
import { BentWitness, indexed } from '../circuits/bent-witness.ts';
import { artefact } from '../circuits/circuit-fixture.ts';
import { holdersWires } from '../circuits/holders.ts';
import { parseR1cs, type R1cs } from '../circuits/r1cs.ts';
import { Random } from './random.ts';
import type { FuzzOptions } from './run.ts';

/** A public input of which no rule speaks: with another one, or its sign changed, a witness tells another truth. */
const BINDING = 6;
/** How often a broken constraint is mended before a witness is given up. */
const MENDINGS = 12;

/** Ways of lying about a witness. */
export const MUTATIONS: Record<string, (random: Random, bent: BentWitness) => void> = {
  'any value': (random, bent) => bent.set(anyWire(random, bent), element(random)),
  'a small value': (random, bent) => bent.set(anyWire(random, bent), BigInt(random.below(4))),
  'a step up or down': (random, bent) => {
    const wire = anyWire(random, bent);
    bent.set(wire, bent.values[wire]! + random.pick([1n, -1n]));
  },
  'the other sign': (random, bent) => {
    const wire = anyWire(random, bent);
    if (wire !== BINDING) bent.set(wire, -bent.values[wire]!);
  },
  'a bit flipped': (random, bent) => {
    const wire = anyWire(random, bent);
    bent.set(wire, bent.values[wire]! ^ (1n << BigInt(random.below(253))));
  },
  'a fraction of the modulus added': (random, bent) => {
    const wire = anyWire(random, bent);
    // The field's halves, thirds and so on: what a carry past the modulus would look like.
    const parts = 2 + random.below(15);
    const share = (FIELD / BigInt(parts)) * BigInt(1 + random.below(parts - 1));
    bent.set(wire, bent.values[wire]! + share);
  },
  'scaled by a root of one': (random, bent) => {
    const wire = anyWire(random, bent);
    if (wire !== BINDING) bent.set(wire, bent.values[wire]! * rootOfOne(1 + random.below(5)));
  },
  'two swapped': (random, bent) => {
    const [one, other] = [anyWire(random, bent), anyWire(random, bent)];
    const [first, second] = [bent.values[one]!, bent.values[other]!];
    bent.set(one, second);
    bent.set(other, first);
  },
  'a pair of one constraint, its sum kept': (random, bent) => {
    const [[one, weight], [other, otherWeight]] = neighbours(random, bent);
    const step = random.pick([1n, 2n, element(random)]);
    bent.set(one, bent.values[one]! + step * otherWeight);
    bent.set(other, bent.values[other]! - step * weight);
  },
  'a pair of one constraint, both signs': (random, bent) => {
    for (const [wire] of neighbours(random, bent)) bent.set(wire, -bent.values[wire]!);
  },
  'any value, and what it breaks mended': (random, bent) => {
    const wire = anyWire(random, bent);
    if (wire === BINDING) return;
    bent.set(wire, element(random));
    bent.mend(random, MENDINGS, BINDING + 1);
  },
  'a bit turned round, and what it breaks mended': (random, bent) => {
    const wire = random.pick(
      [...bent.values.keys()].filter((each) => each > BINDING && bent.values[each]! < 2n),
    );
    bent.set(wire, 1n - bent.values[wire]!);
    bent.mend(random, MENDINGS, BINDING + 1);
  },
};

/**
 * Changes witnesses of the circuit and checks every constraint that can notice.
 *
 * @returns how many of each kind were tried, and those that satisfied the circuit, which should be none
 */
export async function fuzzCircuit(
  { runs, seed }: FuzzOptions,
  r1cs: R1cs = parseR1cs(artefact('zkid.r1cs')),
): Promise<{ counts: Map<string, number>; satisfied: string[] }> {
  const circuit = indexed(r1cs);
  const witnesses = await holdersWires();
  const kinds = Object.keys(MUTATIONS);
  const counts = new Map<string, number>();
  const satisfied: string[] = [];
  const random = new Random(seed);
  for (let run = 0; run < runs;) {
    const bent = new BentWitness(circuit, witnesses[run % witnesses.length]!);
    const kind = random.pick(kinds);
    MUTATIONS[kind]!(random, bent);
    if (bent.changed.size === 0) continue;
    run++;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (bent.broken.size === 0) satisfied.push(`run ${run}: ${kind}, wires ${[...bent.changed].join(', ')}`);
  }
  return { counts, satisfied };
}

export async function fuzz(options: FuzzOptions): Promise<void> {
  const begin = performance.now();
  const { counts, satisfied } = await fuzzCircuit(options);
  for (const [kind, times] of counts) console.log(`${String(times).padStart(7)}  ${kind}`);
  if (satisfied.length > 0) throw new Error(`these satisfy the circuit:\n${satisfied.join('\n')}`);
  const spent = Math.round(performance.now() - begin);
  console.log(`${options.runs} changed witnesses, none satisfies the circuit; ${spent} ms`);
}

/** Never the constant. */
function anyWire(random: Random, { circuit }: BentWitness): number {
  return 1 + random.below(circuit.r1cs.wires - 1);
}

/** Two wires of one linear form, each with its coefficient. */
function neighbours(random: Random, { circuit }: BentWitness): [[number, bigint], [number, bigint]] {
  for (;;) {
    const terms = [...random.pick(random.pick(circuit.r1cs.constraints))].filter(([wire]) => wire > 0);
    if (terms.length < 2) continue;
    const one = random.pick(terms);
    return [one, random.pick(terms.filter((term) => term !== one))];
  }
}

function element(random: Random): bigint {
  let value = 0n;
  for (let word = 0; word < 9; word++) value = (value << 31n) | BigInt(random.below(2 ** 31));
  return value % FIELD;
}

/** Of order 2^power; 5 generates the field's multiplicative group. */
function rootOfOne(power: number): bigint {
  let [result, base, exponent] = [1n, 5n, (FIELD - 1n) >> BigInt(power)];
  for (; exponent; exponent >>= 1n, base = (base * base) % FIELD)
    if (exponent & 1n) result = (result * base) % FIELD;
  return result;
}
