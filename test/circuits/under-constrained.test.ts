import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artefact, rawInput, requestFor, wires, witness } from './circuit-fixture.ts';
import { evaluate, jacobian, parseR1cs, rank } from './r1cs.ts';
import { FIELD } from '../../src/protocol/zkid.ts';

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

test('no wire can move while the inputs stay: the Jacobian has full rank at the witness', async () => {
  const values = wires((await witness(rawInput(requestFor())))!);
  for (const [a, b, c] of r1cs.constraints)
    assert.equal((evaluate(a, values) * evaluate(b, values)) % FIELD, evaluate(c, values));
  assert.equal(rank(jacobian(r1cs, values, isInput)), unknown);
});

test('the same check notices a constraint that is missing', async () => {
  const values = wires((await witness(rawInput(requestFor())))!);
  // Every constraint that names the last output goes: then nothing holds it.
  const policyHashWire = 3;
  const constraints = r1cs.constraints.filter((forms) => !forms.some((form) => form.has(policyHashWire)));
  assert.ok(constraints.length < r1cs.constraints.length);
  assert.ok(rank(jacobian({ ...r1cs, constraints }, values, isInput)) < unknown);
});
