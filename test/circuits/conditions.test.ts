import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poseidon2, poseidon8 } from 'poseidon-lite';
import type { CircuitInput } from '../../src/identity/groth16/witness.ts';
import { commitment, FIELD, HolderKind } from '../../src/protocol/zkid.ts';
import { Random } from '../fuzz/random.ts';
import { BentWitness, indexed } from './bent-witness.ts';
import {
  artefact,
  type Case,
  dishonestWires,
  INDEX,
  rawInput,
  requestFor,
  SECRET,
  TODAY,
} from './circuit-fixture.ts';
import { acceptedWires } from './holders.ts';
import { parseR1cs, violated } from './r1cs.ts';

const r1cs = parseR1cs(artefact('zkid.r1cs'));
const circuit = indexed(r1cs);
/** The constant, the public signals and what the prover chooses. */
const GIVEN = 1 + r1cs.outputs + r1cs.publicInputs + r1cs.privateInputs;

const BASE = rawInput(requestFor());
const given = (change: Case): CircuitInput => rawInput(requestFor(change));
const changed = (signal: string, change: (value: bigint) => bigint): CircuitInput => ({
  ...BASE,
  [signal]: String(change(BigInt(BASE[signal] as string))),
});
const place = (level: number) => (INDEX >> (3 * level)) & 7;
const path = (levels: readonly string[][]) => levels.map((level) => [...level]);

/** Another child at the holder's own place, `level` above the leaves. */
function otherChild(level: number): CircuitInput {
  const children = path(BASE['children'] as string[][]);
  children[level]![place(level)] = '5';
  return { ...BASE, children };
}

/** Another place among the eight. */
function otherPlace(level: number): CircuitInput {
  const bit = 3 * level;
  return { ...BASE, index: (BASE['index'] as string[]).with(bit, String(((INDEX >> bit) & 1) ^ 1)) };
}

/** The holder stands in the tree with a leaf of these packed attributes. */
function attested(attributes: bigint): CircuitInput {
  const children = path(BASE['children'] as string[][]);
  children[0]![place(0)] = String(poseidon2([commitment(SECRET), attributes]));
  for (let level = 1; level < 6; level++)
    children[level]![place(level)] = String(poseidon8(children[level - 1]!));
  return { ...BASE, attributes: String(attributes), children };
}

/** A tree of nothing but the holder, in which every index is right. */
const crowd: CircuitInput = (() => {
  const children: string[][] = [];
  for (let node = (BASE['children'] as string[][])[0]![place(0)]!, level = 0; level < 6; level++) {
    children.push(Array<string>(8).fill(node));
    node = String(poseidon8(children[level]!));
  }
  return { ...BASE, children };
})();
const indexBit = (bit: number, value: bigint): CircuitInput => ({
  ...crowd,
  index: (BASE['index'] as string[]).with(bit, String(value)),
});

const ownWord = 756 >> 7;
const ownCountry = 1n << BigInt(756 & 127);
const countryWord = (value: bigint): CircuitInput => ({
  ...BASE,
  allowedCountries: (BASE['allowedCountries'] as string[]).with(ownWord, String(value)),
});

interface Condition {
  /** Only just satisfied. */
  holds: CircuitInput[];
  fails: CircuitInput[];
}

/** Everything that the circuit refuses; what else it says defines a wire by others. */
const CONDITIONS: Record<string, Condition> = {
  'the leaf is the child at its place': {
    holds: [BASE, given({ index: 0 }), given({ index: 8 ** 6 - 1 })],
    fails: [
      otherChild(0),
      changed('secret', (secret) => secret + 1n),
      // Another tier, another person's attributes.
      changed('attributes', (attributes) => attributes | (3n << 62n)),
      otherPlace(0),
    ],
  },
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].map((level) => [
      `node ${level} is the child at its place`,
      {
        holds: [given({ index: 7 * 8 ** level })],
        fails: [otherChild(level), otherPlace(level)],
      },
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 18 }, (_, bit) => [
      `bit ${bit} of the index is a bit`,
      {
        holds: [indexBit(bit, BigInt(((INDEX >> bit) & 1) ^ 1))],
        fails: [indexBit(bit, bit % 2 ? 2n : (FIELD + 1n) / 2n), indexBit(bit, FIELD - 1n)],
      },
    ]),
  ),
  'attributes have 68 bits': {
    holds: [given({ attributes: { generation: 7 } })],
    fails: [68n, 100n, 252n].map((bit) => attested(BigInt(BASE['attributes'] as string) | (1n << bit))),
  },
  'the policy has 17 bits': {
    holds: [given({ policy: { maxGeneration: 7 } })],
    fails: [17n, 60n, 252n].map((bit) => changed('policy', (policy) => policy | (1n << bit))),
  },
  'not expired, and for no more than 104 years': {
    holds: [given({ attributes: { expiry: TODAY } }), given({ attributes: { expiry: TODAY + 2 ** 20 - 1 } })],
    fails: [
      given({ attributes: { expiry: TODAY - 1 } }),
      given({ attributes: { expiry: 0 } }),
      given({ attributes: { expiry: TODAY + 2 ** 20 } }),
      // A day that no calendar has.
      changed('today', () => FIELD - 1n),
    ],
  },
  'of age, and no older than 209 years': {
    holds: [
      given({ attributes: { birth: TODAY - 18_0000 } }),
      given({ attributes: { birth: TODAY - 2 ** 21 + 1 }, policy: { minAge: 0 } }),
    ],
    fails: [
      given({ attributes: { birth: TODAY - 18_0000 + 1 } }),
      given({ attributes: { birth: TODAY + 1 }, policy: { minAge: 0 } }),
      given({ attributes: { birth: TODAY - 2 ** 21 }, policy: { minAge: 0 } }),
      given({ policy: { minAge: 127 } }),
      given({ attributes: { birth: 20080229 }, today: 20260228 }),
    ],
  },
  'of the tier that is asked': {
    holds: [given({ attributes: { tier: 3 }, policy: { minTier: 3 } }), given({ attributes: { tier: 1 } })],
    fails: [given({ attributes: { tier: 0 } }), given({ attributes: { tier: 2 }, policy: { minTier: 3 } })],
  },
  'of a generation that is allowed': {
    holds: [given({ attributes: { generation: 2 }, policy: { maxGeneration: 2 } })],
    fails: [
      given({ attributes: { generation: 3 }, policy: { maxGeneration: 2 } }),
      given({ attributes: { generation: 7 }, policy: { maxGeneration: 0 } }),
    ],
  },
  'of a kind that is allowed': {
    holds: [
      BASE,
      given({ attributes: { kind: HolderKind.Business }, policy: { kindMask: 2 } }),
      given({ attributes: { kind: 3 as HolderKind }, policy: { kindMask: 8 } }),
    ],
    fails: [
      given({ attributes: { kind: HolderKind.Business } }),
      given({ policy: { kindMask: 14 } }),
      given({ policy: { kindMask: 0 } }),
    ],
  },
  'screened where it is asked': {
    holds: [BASE, given({ attributes: { screened: false }, policy: { mustBeScreened: false } })],
    fails: [given({ attributes: { screened: false } })],
  },
  'the word of the country has 128 bits': {
    holds: [countryWord(2n ** 128n - 1n)],
    fails: [countryWord(2n ** 128n + ownCountry), countryWord(FIELD - 1n)],
  },
  'of a country that is allowed': {
    holds: [0, 127, 128, 895].map((country) => given({ attributes: { country } })),
    fails: [
      ...[364, 896, 1023].map((country) => given({ attributes: { country } })),
      given({ policy: { allowedCountries: [755, 757] } }),
      countryWord(2n ** 128n - 1n - ownCountry),
    ],
  },
};

/** By its only constraint, what it says. */
const saidBy = new Map<number, string>();

for (const [name, { holds, fails }] of Object.entries(CONDITIONS))
  test(`the circuit asks: ${name}`, async () => {
    for (const input of holds) assert.deepEqual(violated(r1cs, await acceptedWires(input)), []);
    let own: number[] | undefined;
    for (const [index, input] of fails.entries()) {
      await assert.rejects(acceptedWires(input), { code: 'PROVER_WITNESS' }, `case ${index}`);
      // The assertions are the program's and can be taken out; the constraints are the key's.
      const lie = BentWitness.of(circuit, await dishonestWires(input));
      own = [...lie.broken].filter((number) => !own || own.includes(number));
      for (let attempt = 0; attempt < 8; attempt++) {
        const mended = new BentWitness(circuit, lie.values, lie.broken);
        mended.mend(new Random(1000 * index + attempt), 12, GIVEN);
        assert.ok(mended.broken.size > 0, `case ${index}, wires ${[...mended.changed].join(', ')}`);
      }
    }
    assert.equal(own?.length, 1, 'one constraint says it');
    assert.equal(saidBy.get(own[0]!), undefined, 'and nothing else');
    saidBy.set(own[0]!, name);
  });

test('there is no other condition: every other constraint defines a wire', () => {
  assert.equal(saidBy.size, Object.keys(CONDITIONS).length);
  assert.equal(saidBy.size, r1cs.constraints.length - (r1cs.wires - GIVEN + r1cs.outputs));
});

test('a public signal that is another than the witness makes is refused', async () => {
  const wires = await acceptedWires(BASE);
  for (const [index, signal] of ['nullifier', 'root', 'policyHash', 'scope', 'today', 'binding'].entries()) {
    const lie = new BentWitness(circuit, wires);
    lie.set(index + 1, wires[index + 1]! + 1n);
    assert.ok(lie.broken.size > 0, signal);
  }
});
