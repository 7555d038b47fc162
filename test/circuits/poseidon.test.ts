import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poseidon2 } from 'poseidon-lite/poseidon2';
import { poseidon8 } from 'poseidon-lite/poseidon8';
import { commitment, nullifier } from '../../src/protocol/zkid.ts';
import { dishonestWires, rawInput, requestFor } from './circuit-fixture.ts';
import vectors from './recorded/poseidon.json' with { type: 'json' };

/** Of circomlibjs, iden3's reference: recorded/record-poseidon.mjs. */
const VECTORS = vectors.map(({ inputs, hash }) => ({ inputs: inputs.map(BigInt), hash: BigInt(hash) }));
const ofWidth = (width: number) => VECTORS.filter(({ inputs }) => inputs.length === width);

test("circomlib's published vectors are among those recorded", () => {
  const published = new Map([
    ['1,2', 7853200120776062878684798364095072458815029376092732009249414926327459813530n],
    ['1,2,3,4,5,6,7,8', 18604317144381847857886385684060986177838410221561136253933256952257712543953n],
  ]);
  for (const [inputs, hash] of published)
    assert.equal(VECTORS.find((vector) => vector.inputs.join() === inputs)?.hash, hash);
  assert.equal(VECTORS.length, 64);
});

test('the hash of the protocol is that of circomlib', () => {
  for (const { inputs, hash } of ofWidth(2)) {
    assert.equal(poseidon2(inputs), hash);
    assert.equal(nullifier(inputs[0]!, inputs[1]!), hash);
  }
  for (const { inputs, hash } of ofWidth(8)) assert.equal(poseidon8(inputs), hash);
  assert.equal(commitment(0n), ofWidth(2).find(({ inputs }) => inputs.every((input) => input === 0n))!.hash);
});

test('the hash of the circuit is that of circomlib, in every place where it stands alone', async () => {
  const base = rawInput(requestFor());
  const [pairs, eights] = [ofWidth(2), ofWidth(8)];
  for (const [index, { inputs, hash }] of eights.entries()) {
    const { inputs: pair, hash: pairHash } = pairs[index]!;
    const other = eights[(index + 1) % eights.length]!;
    // Without the assertions any field elements go in; what the wires are then is what the constraints define.
    const wires = await dishonestWires({
      ...base,
      scope: String(pair[0]),
      secret: String(pair[1]),
      allowedCountries: inputs.slice(0, 7).map(String),
      policy: String(inputs[7]),
      children: (base['children'] as string[][]).with(5, other.inputs.map(String)),
    });
    assert.deepEqual(wires.slice(1, 4), [pairHash, other.hash, hash]);
  }
});
