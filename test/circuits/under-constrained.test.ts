import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzCircuit, MUTATIONS } from '../fuzz/circuit.ts';
import { artefact } from './circuit-fixture.ts';
import { HOLDERS, holdersWires } from './holders.ts';
import { jacobian, parseR1cs, rank, violated } from './r1cs.ts';

const r1cs = parseR1cs(artefact('zkid.r1cs'));
/** The constant, and what the prover or the public chooses. Outputs and inner wires have to follow from it. */
const isInput = (wire: number) =>
  wire === 0 || (wire > r1cs.outputs && wire <= r1cs.outputs + r1cs.publicInputs + r1cs.privateInputs);
const unknown = Array.from({ length: r1cs.wires }, (_, wire) => wire).filter((wire) => !isInput(wire)).length;

test('the circuit has the size that is written down', () => {
  assert.equal(r1cs.constraints.length, 4085);
  assert.equal(r1cs.outputs, 3);
  assert.equal(r1cs.publicInputs, 3);
});

for (const [index, [name]] of HOLDERS.entries())
  test(`no wire can move while the inputs stay: full rank of the Jacobian for ${name}`, async () => {
    const values = (await holdersWires())[index]!;
    assert.deepEqual(violated(r1cs, values), []);
    assert.equal(rank(jacobian(r1cs, values, isInput)), unknown);
  });

test('the same check notices a constraint that is missing', async () => {
  const [values] = await holdersWires();
  // Every constraint that names the last output goes: then nothing holds it.
  const policyHashWire = 3;
  const constraints = r1cs.constraints.filter((forms) => !forms.some((form) => form.has(policyHashWire)));
  assert.ok(constraints.length < r1cs.constraints.length);
  assert.ok(rank(jacobian({ ...r1cs, constraints }, values!, isInput)) < unknown);
});

test('none of 10,000 changed witnesses satisfies the circuit', async () => {
  const { counts, satisfied } = await fuzzCircuit({ runs: 10_000, seed: 1 });
  assert.deepEqual(satisfied, []);
  // Every kind was tried often; otherwise the run would have proven little.
  for (const kind of Object.keys(MUTATIONS)) assert.ok((counts.get(kind) ?? 0) >= 500, kind);
});

test('the same run finds the wires that nothing holds', async () => {
  const leaking = { ...r1cs, constraints: r1cs.constraints.filter((_, number) => number % 10 !== 0) };
  const { satisfied } = await fuzzCircuit({ runs: 1000, seed: 1 }, leaking);
  assert.ok(satisfied.length > 0);
});
