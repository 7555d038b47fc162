import { HolderKind } from '../../src/protocol/zkid.ts';
import type { CircuitInput } from '../../src/identity/groth16/witness.ts';
import { type Case, littleEndian, rawInput, requestFor } from './circuit-fixture.ts';
import { committedCircuit } from './committed-circuit.ts';

const LAST_LEAF = 8 ** 6 - 1;

/** Holders whom the circuit accepts, at the edges of what it accepts. */
export const HOLDERS: [string, Case][] = [
  ['a person among others', {}],
  [
    'a business at the first leaf, its last tier and generation, on its expiry day',
    {
      index: 0,
      attributes: { kind: HolderKind.Business, tier: 3, generation: 7, expiry: 20260115 },
      policy: { kindMask: 2, minTier: 3 },
    },
  ],
  [
    'born on 29 February, of age on 1 March, at the last leaf',
    { index: LAST_LEAF, attributes: { birth: 20080229, country: 895 }, today: 20260301 },
  ],
  [
    'born today, valid for as long as can be, where nothing is asked',
    {
      index: 8 ** 5,
      attributes: { birth: 20260115, expiry: 20260115 + 2 ** 20 - 1, tier: 0, screened: false, country: 0 },
      policy: { minAge: 0, minTier: 0, mustBeScreened: false, kindMask: 15, maxGeneration: 0 },
    },
  ],
  [
    'as old as can be, the only country allowed, the last child of the first nodes',
    {
      index: 7,
      attributes: { birth: 20260115 - 2 ** 21 + 1, country: 128, kind: HolderKind.Business },
      policy: { minAge: 0, kindMask: 3, allowedCountries: [128] },
    },
  ],
];

/** All wires of an input that the circuit accepts. @throws `PROVER_WITNESS` where it does not */
export async function acceptedWires(input: CircuitInput): Promise<bigint[]> {
  const data = await (await committedCircuit()).program.calculate(input);
  return Array.from({ length: data.length / 32 }, (_, wire) => littleEndian(data, 32 * wire));
}

let all: Promise<bigint[][]> | undefined;

/** A witness of each; once per process. */
export function holdersWires(): Promise<bigint[][]> {
  return (all ??= Promise.all(HOLDERS.map(([, given]) => acceptedWires(rawInput(requestFor(given))))));
}
