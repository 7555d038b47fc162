import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { circuitInput } from '../../src/identity/circuit-input.ts';
import { Curve } from '../../src/identity/groth16/curve.ts';
import { type ProvingKey, readProvingKey, WireClass } from '../../src/identity/groth16/proving-key.ts';
import type { ProofRequest } from '../../src/identity/prover-api.ts';
import { artefact, requestFor } from '../circuits/circuit-fixture.ts';
import { committedCircuit } from '../circuits/committed-circuit.ts';
import { sectionsOf } from '../circuits/zkey-file.ts';

let curve: Curve;
let key: ProvingKey;
before(async () => {
  curve = await Curve.instantiate(new WebAssembly.Module(Buffer.from(artefact('bn128.wasm'))));
  key = readProvingKey(curve, artefact('zkid.key.bin'));
});

/** The points of some wires, and whether all others are at infinity. */
function points(section: Uint8Array, size: number, wires: Uint32Array): Uint8Array {
  const named = new Set(wires);
  for (let wire = 0; wire < section.length / size; wire++)
    if (!named.has(wire))
      assert.ok(
        section.subarray(wire * size, (wire + 1) * size).every((byte) => byte === 0),
        `wire ${wire}`,
      );
  return Buffer.concat([...wires].map((wire) => section.subarray(wire * size, (wire + 1) * size)));
}

describe('the key that browsers load', () => {
  it('is the zkey: every point and every coefficient', () => {
    const zkey = sectionsOf(artefact('zkid.zkey'));
    const { A, B1, B2, C, H } = key.bases;
    assert.equal(Buffer.compare(A.points, points(zkey.get(5)!, 64, A.wires)), 0);
    assert.equal(Buffer.compare(B1.points, points(zkey.get(6)!, 64, B1.wires)), 0);
    assert.equal(Buffer.compare(B2.points, points(zkey.get(7)!, 128, B2.wires)), 0);
    assert.equal(Buffer.compare(C.points, zkey.get(8)!), 0);
    assert.deepEqual(
      C.wires,
      Uint32Array.from({ length: C.points.length / 64 }, (_, index) => index + 7),
    );
    assert.equal(Buffer.compare(H.points, zkey.get(9)!), 0);
    assert.equal(Buffer.compare(key.coefficients, zkey.get(4)!.subarray(4)), 0);
    const header = zkey.get(2)!;
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    assert.deepEqual(
      [key.wires, key.publicSignals, key.domain],
      [72, 76, 80].map((at) => view.getUint32(at, true)),
    );
    const own = (at: number, size: number) => Buffer.from(header.subarray(84 + at, 84 + at + size));
    assert.deepEqual(
      [key.alpha1, key.beta1, key.beta2, key.delta1, key.delta2].map((point) => Buffer.from(point)),
      [own(0, 64), own(64, 64), own(128, 128), own(384, 64), own(448, 128)],
    );
  });

  it('is downloaded with the circuit in less than a megabyte', () => {
    const files = ['zkid.key.bin', 'zkid.wasm', 'bn128.wasm', 'zkid.vkey.json'];
    const size = files.reduce((sum, file) => sum + gzipSync(artefact(file), { level: 9 }).length, 0);
    assert.ok(size < 900_000, `${size} bytes`);
  });

  it('refuses what is no such key', () => {
    const bytes = artefact('zkid.key.bin');
    for (const wrong of [
      bytes.with(6, 2),
      bytes.subarray(0, bytes.length - 1),
      Buffer.concat([bytes, Buffer.of(0)]),
      artefact('zkid.zkey'),
    ])
      assert.throws(() => readProvingKey(curve, wrong), { code: 'PROVING_KEY' });
  });

  it('says of each wire what fixes it', async () => {
    const { program } = await committedCircuit();
    const base = requestFor();
    const wires = async (change: Partial<ProofRequest>) =>
      program.calculate(circuitInput({ ...base, ...change }));
    const first = await wires({});
    const changed = async (change: Partial<ProofRequest>) => {
      const other = await wires(change);
      return (wire: number) =>
        Buffer.compare(
          first.subarray(32 * wire, 32 * wire + 32),
          other.subarray(32 * wire, 32 * wire + 32),
        ) !== 0;
    };
    const proofs = await Promise.all(
      [20240229, 20270101, 20280906].map((today) => changed({ today, binding: BigInt(today) * 77n })),
    );
    const tokens = await Promise.all(
      [1n, 2n, 3n].map((scope) =>
        changed({
          scope,
          policy: {
            allowedCountries: [
              756,
              ...Array.from({ length: 300 }, (_, code) => (code * 7 + Number(scope)) % 896),
            ],
            kindMask: 1 + Number(scope % 2n) * 2,
            minTier: Number(scope % 2n),
            minAge: 16 + Number(scope),
            mustBeScreened: scope === 1n,
            maxGeneration: Number(scope),
          },
        }),
      ),
    );
    const counts = { [WireClass.Changing]: 0, [WireClass.Token]: 0, [WireClass.Credential]: 0 };
    for (const [wire, kind] of key.classes.entries()) {
      counts[kind as WireClass] += 1;
      const byProof = proofs.some((differs) => differs(wire));
      const byToken = tokens.some((differs) => differs(wire));
      if (kind !== WireClass.Changing) assert.ok(!byProof, `wire ${wire} changes with each proof`);
      if (kind === WireClass.Credential) assert.ok(!byToken, `wire ${wire} changes with the token`);
    }
    // Few wires are left to sum.
    assert.ok(counts[WireClass.Changing] < 60 && counts[WireClass.Token] < 1000, JSON.stringify(counts));
  });
});
