import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { groth16 as snarkjs } from 'snarkjs';
import { circuitInput } from '../../src/identity/circuit-input.ts';
import { type FixedSums, Groth16 } from '../../src/identity/groth16/groth16.ts';
import { SecondThread, serveMultiplications } from '../../src/identity/groth16/second-thread.ts';
import type { Groth16Proof } from '../../src/identity/groth16/verify.ts';
import type { ProofRequest } from '../../src/identity/prover-api.ts';
import { type Circuit, prove } from '../../src/identity/prove.ts';
import { FIELD } from '../../src/protocol/zkid.ts';
import {
  artefact,
  littleEndian,
  rawInput,
  requestFor,
  singleThreadedCurve,
  wires,
  witness,
} from '../circuits/circuit-fixture.ts';
import { committedCircuit } from '../circuits/committed-circuit.ts';

const vkey = JSON.parse(Buffer.from(artefact('zkid.vkey.json')).toString('utf8'));
const request = requestFor();
let circuit: Circuit;
before(async () => {
  await singleThreadedCurve();
  circuit = await committedCircuit();
});

const witnessOf = (change: Partial<ProofRequest> = {}) =>
  circuit.program.calculate(circuitInput({ ...request, ...change }));

/** By snarkjs, the reference. */
function accepted(signals: readonly bigint[], { a, b, c }: Groth16Proof): Promise<boolean> {
  const strings = (pair: readonly bigint[]) => pair.map(String);
  const theirs = {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: [...strings(a), '1'],
    pi_b: [...b.map(strings), ['1', '0']],
    pi_c: [...strings(c), '1'],
  };
  return snarkjs.verify(vkey, strings(signals), theirs);
}

describe('the witness program', () => {
  it('calculates what snarkjs calculates, and leaks no global', async () => {
    const before = Object.keys(globalThis).length;
    const reference = (await witness(rawInput(request)))!;
    const ours = await witnessOf();
    assert.deepEqual(
      wires(reference),
      Array.from({ length: ours.length / 32 }, (_, wire) => littleEndian(ours, 32 * wire)),
    );
    assert.equal(Object.keys(globalThis).length, before);
  });

  it('refuses what the circuit refuses, missing and unknown signals', async () => {
    const input = circuitInput(request);
    const { policy: _, ...without } = input;
    for (const wrong of [
      { ...input, secret: '1' },
      { ...input, children: input['children']!.slice(1) as string[][] },
      { ...input, another: '1' },
      without,
    ])
      await assert.rejects(circuit.program.calculate(wrong), { code: 'PROVER_WITNESS' });
    // And goes on.
    assert.equal((await witnessOf()).length, 32 * 4131);
  });
});

describe('the prover', () => {
  it('makes proofs that snarkjs accepts, with nothing kept, a credential, and a token', async () => {
    const { groth16 } = circuit;
    const first = await groth16.prove(await witnessOf(), {});
    const token = await groth16.prove(await witnessOf({ scope: 5n }), first.fixed);
    assert.equal(token.fixed.credential, first.fixed.credential);
    assert.notEqual(token.fixed.token, first.fixed.token);
    const again = await groth16.prove(await witnessOf({ scope: 5n, binding: 9n }), token.fixed);
    assert.equal(again.fixed.token, token.fixed.token);
    const same = await groth16.prove(await witnessOf({ scope: 5n, binding: 9n }), token.fixed);
    assert.notDeepEqual(same.proof, again.proof, 'fresh randomness');
    for (const { signals, proof } of [first, token, again, same]) {
      assert.ok(groth16.verify(signals, proof));
      assert.ok(await accepted(signals, proof));
      for (const index of signals.keys())
        assert.ok(!groth16.verify(signals.with(index, signals[index]! + 1n), proof));
    }
    assert.ok(!groth16.verify(first.signals, token.proof));
  });

  it('accepts proofs of snarkjs, which say the same of the same witness', async () => {
    const data = (await witness(rawInput(request)))!;
    const { proof, publicSignals } = await snarkjs.prove(artefact('zkid.zkey'), { type: 'mem', data });
    const pair = ([x, y]: string[]): [bigint, bigint] => [BigInt(x!), BigInt(y!)];
    const theirs: Groth16Proof = {
      a: pair(proof.pi_a),
      b: [pair(proof.pi_b[0]!), pair(proof.pi_b[1]!)],
      c: pair(proof.pi_c),
    };
    const ours = await circuit.groth16.prove(await witnessOf(), {});
    assert.deepEqual(publicSignals.map(BigInt), ours.signals);
    assert.ok(circuit.groth16.verify(ours.signals, theirs));
    assert.ok(!circuit.groth16.verify(ours.signals, { ...theirs, a: theirs.c }));
    assert.ok(!circuit.groth16.verify(ours.signals, { ...theirs, a: [theirs.a[0], theirs.a[1] + 1n] }));
    assert.ok(!circuit.groth16.verify(ours.signals.with(0, ours.signals[0]! + FIELD), theirs));
  });

  it('sums anew what a wrong class of a wire calls fixed', async () => {
    // Today (wire 5) and a bit of each day's range, as if the credential fixed them.
    const bytes = artefact('zkid.key.bin');
    const classes = 20 + 3 * 32 + 2 * 64;
    const changing = Array.from({ length: 4131 }, (_, wire) => wire).filter(
      (wire) => bytes[classes + wire] === 0,
    );
    for (const wire of changing.slice(0, 20)) bytes[classes + wire] = 2;
    const wrong = await Groth16.load(circuit.groth16.module, bytes, vkey);
    const first = await wrong.prove(await witnessOf(), {});
    const second = await wrong.prove(await witnessOf({ today: 20270101, binding: 3n }), first.fixed);
    assert.notEqual(second.fixed.credential, first.fixed.credential);
    assert.ok(await accepted(second.signals, second.proof));
  });

  it('hands out no proof made from a wrong sum', async () => {
    const { fixed } = await prove(circuit, request);
    const { A, B1 } = fixed.token!.sums;
    const known: FixedSums = {
      ...fixed,
      token: { ...fixed.token!, sums: { ...fixed.token!.sums, A: B1, B1: A } },
    };
    await assert.rejects(prove(circuit, request, { known }), { code: 'PROVER_CHECK' });
  });
});

describe('a second thread', () => {
  const own = () => Groth16.load(circuit.groth16.module, artefact('zkid.key.bin'), vkey);

  it('takes part in every sum', async () => {
    const { port1, port2 } = new MessageChannel();
    serveMultiplications(port2);
    const groth16 = await own();
    let asked = 0;
    port2.addEventListener('message', () => asked++);
    const second = new SecondThread(port1, groth16.module);
    await groth16.employ(second);
    const first = await groth16.prove(await witnessOf(), {});
    assert.ok(await accepted(first.signals, first.proof));
    const again = await groth16.prove(await witnessOf({ binding: 3n }), first.fixed);
    assert.ok(await accepted(again.signals, again.proof));
    assert.ok(asked >= 4 && !second.owes, `${asked} messages`);
    port1.close();
  });

  it('is done without when it falls silent', async () => {
    const { port1, port2 } = new MessageChannel();
    serveMultiplications(port2);
    const groth16 = await own();
    const second = new SecondThread(port1, groth16.module);
    await groth16.employ(second);
    port2.close();
    const { signals, proof } = await groth16.prove(await witnessOf(), {});
    assert.ok(groth16.verify(signals, proof) && second.owes);
    port1.close();
  });
});
