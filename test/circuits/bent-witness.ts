import { FIELD } from '../../src/protocol/zkid.ts';
import type { Random } from '../fuzz/random.ts';
import { constraintsOfWires, holds, type R1cs, solveFor, violated } from './r1cs.ts';

/** A circuit with, for each wire, the constraints that can notice it. */
export interface IndexedCircuit {
  r1cs: R1cs;
  named: readonly (readonly number[])[];
}

export function indexed(r1cs: R1cs): IndexedCircuit {
  return { r1cs, named: constraintsOfWires(r1cs) };
}

/** A witness whose wires are changed by hand, with the constraints that it breaks. */
export class BentWitness {
  readonly circuit: IndexedCircuit;
  readonly values: bigint[];
  readonly changed = new Set<number>();
  /** Constraints that do not hold; empty: it satisfies the circuit. */
  readonly broken: Set<number>;

  /** @param broken what `values` break already */
  constructor(circuit: IndexedCircuit, values: readonly bigint[], broken: Iterable<number> = []) {
    this.circuit = circuit;
    this.values = [...values];
    this.broken = new Set(broken);
  }

  static of(circuit: IndexedCircuit, values: readonly bigint[]): BentWitness {
    return new BentWitness(circuit, values, violated(circuit.r1cs, values));
  }

  set(wire: number, value: bigint): void {
    const reduced = ((value % FIELD) + FIELD) % FIELD;
    if (reduced === this.values[wire]) return;
    this.values[wire] = reduced;
    this.changed.add(wire);
    const { r1cs, named } = this.circuit;
    for (const number of named[wire]!)
      if (holds(r1cs.constraints[number]!, this.values)) this.broken.delete(number);
      else this.broken.add(number);
  }

  /**
   * Solves a broken constraint for one of its wires, again and again. Stops where it would go in circles.
   *
   * @param fixed so many wires stay: the constant and the public signals, at least
   */
  mend(random: Random, times: number, fixed: number): void {
    for (let time = 0; time < times && this.broken.size > 0; time++) {
      const constraint = this.circuit.r1cs.constraints[random.pick([...this.broken])]!;
      const free = [...new Set(constraint.flatMap((form) => [...form.keys()]))].filter(
        (wire) => wire >= fixed && !this.changed.has(wire),
      );
      if (free.length === 0) return;
      const wire = random.pick(free);
      const value = solveFor(constraint, wire, this.values);
      if (value === undefined) return;
      this.set(wire, value);
    }
  }
}
