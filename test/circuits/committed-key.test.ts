import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileCircuit, inWorkFolder, ZKID } from '../../circuits/ceremony/circuit.ts';
import { DEVELOPMENT } from '../../circuits/ceremony/development.ts';
import { sha256, writeArtefacts } from '../../circuits/ceremony/write-artefacts.ts';
import { Curve, fromLittleEndian, type Group, R, toLittleEndian } from '../../src/identity/groth16/curve.ts';
import { artefact, singleThreadedCurve } from './circuit-fixture.ts';
import { parseR1cs } from './r1cs.ts';
import { sectionsOf } from './zkey-file.ts';

/**
 * The secrets of the development ceremony are public: from them every point of the key is computed anew, by nothing of
 * snarkjs, and compared. That the key is of these constraints is thereby certain; that it protects nothing, too.
 */
const mod = (value: bigint) => ((value % R) + R) % R;
function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest; rest >>= 1n, square = (square * square) % R)
    if (rest & 1n) result = (result * square) % R;
  return result;
}
const inverse = (value: bigint) => power(value, R - 2n);

/** snarkjs's randomness from a beacon: ChaCha20 keyed by the iterated hash, words of a key high half first. */
function secrets(count: number): bigint[] {
  let hash: Buffer = Buffer.from(DEVELOPMENT.beacon, 'hex');
  for (let round = 0; round < 2 ** DEVELOPMENT.iterationsLog2; round++)
    hash = createHash('sha256').update(hash).digest();
  const stream = createCipheriv('chacha20', hash.swap32(), Buffer.alloc(16)).update(Buffer.alloc(1024));
  const found: bigint[] = [];
  for (let at = 0; found.length < count; at += 32) {
    let value = 0n;
    for (let word = 3; word >= 0; word--) {
      const [high, low] = [0, 4].map((offset) => BigInt(stream.readUInt32LE(at + 8 * word + offset)));
      value = (value << 64n) | (high! << 32n) | low!;
    }
    value &= 2n ** 254n - 1n;
    // Montgomery form, as it is drawn.
    if (value < R) found.push(mod(value * inverse(2n ** 256n)));
  }
  return found;
}

const r1cs = parseR1cs(artefact('zkid.r1cs'));
const zkey = sectionsOf(artefact('zkid.zkey'));
const SIGNALS = r1cs.outputs + r1cs.publicInputs;
const DOMAIN = 2 ** DEVELOPMENT.power;
const [tau, alpha, beta] = secrets(3) as [bigint, bigint, bigint];
// The second phase draws from the same beacon, anew.
const [delta] = secrets(1) as [bigint];

let curve: Curve;
before(async () => {
  curve = await Curve.instantiate(new WebAssembly.Module(Buffer.from(artefact('bn128.wasm'))));
});

/** Every Lagrange polynomial of a domain of roots of one, at tau. */
function lagrange(size: number): bigint[] {
  const root = power(5n, (R - 1n) / BigInt(size));
  const common = mod((power(tau, BigInt(size)) - 1n) * inverse(BigInt(size)));
  let at = 1n;
  return Array.from({ length: size }, () => {
    const value = mod(common * at * inverse(mod(tau - at)));
    at = (at * root) % R;
    return value;
  });
}

/** Powers of tau end one below the last of twice the domain; the quotient's degree is far below. */
function withoutLastPower(values: readonly bigint[]): bigint[] {
  const size = BigInt(values.length);
  const root = power(5n, (R - 1n) / size);
  let missing = mod(power(tau, size - 1n) * inverse(size));
  return values.map((value) => {
    const rest = mod(value - missing);
    missing = (missing * root) % R;
    return rest;
  });
}

/** What the points of each section are multiples of, by the definition of Groth16. */
function scalars() {
  const rows = lagrange(DOMAIN);
  const [A, B, C] = [0, 1, 2].map((matrix) => {
    const sums = Array<bigint>(r1cs.wires).fill(0n);
    r1cs.constraints.forEach((forms, row) => {
      for (const [wire, coefficient] of forms[matrix]!) sums[wire]! += coefficient * rows[row]!;
    });
    return sums.map(mod);
  }) as [bigint[], bigint[], bigint[]];
  // A row of its own for the constant and each public signal: none can be left out of A.
  for (let wire = 0; wire <= SIGNALS; wire++) A[wire] = mod(A[wire]! + rows[r1cs.constraints.length + wire]!);
  const combined = A.map((a, wire) => mod(beta * a + alpha * B[wire]! + C[wire]!));
  const overDelta = inverse(delta);
  return {
    A,
    B,
    IC: combined.slice(0, SIGNALS + 1),
    C: combined.slice(SIGNALS + 1).map((value) => mod(value * overDelta)),
    H: withoutLastPower(lagrange(2 * DOMAIN))
      .filter((_, index) => index % 2 === 1)
      .map((value) => mod(value * overDelta)),
  };
}

/** Whether points are these multiples of the group's generator, by a random combination of all: 2^-128 that it errs. */
function areMultiples(
  group: Group,
  points: Uint8Array,
  of: readonly bigint[],
  generator: Uint8Array,
): boolean {
  assert.equal(points.length, of.length * generator.length);
  const weights = of.map(() => fromLittleEndian(randomBytes(16)));
  return curve.scoped(() => {
    const sum = curve.multiply(group, curve.put(points), Buffer.concat(weights.map(toLittleEndian)));
    const total = mod(of.reduce((all, scalar, index) => all + scalar * weights[index]!, 0n));
    const expected = curve.scale(group, curve.putPoint(group, generator), curve.putScalar(total));
    return curve.coordinates(group, sum).join() === curve.coordinates(group, expected).join();
  });
}

const header = zkey.get(2)!.subarray(84);
/** alpha1 64 | beta1 64 | beta2 128 | gamma2 128 | delta1 64 | delta2 128. */
const own = (from: number, size: number) => header.subarray(from, from + size);
/** The second generator is gamma; the first is delta divided by what was contributed. */
const G2 = () => own(256, 128);
function G1(): Uint8Array {
  return curve.scoped(() => {
    const affine = curve.put(Buffer.concat([toLittleEndian(1n), toLittleEndian(2n)]));
    curve.call['g1m_toMontgomeryAffine']!(affine, affine);
    return curve.get(affine, 64);
  });
}

test('every point of the committed key follows from the constraints and the public randomness', () => {
  const { A, B, IC, C, H } = scalars();
  for (const [name, number, of] of [
    ['IC', 3, IC],
    ['A', 5, A],
    ['B in G1', 6, B],
    ['C', 8, C],
    ['H', 9, H],
  ] as const)
    assert.ok(areMultiples('g1m', zkey.get(number)!, of, G1()), name);
  assert.ok(areMultiples('g2m', zkey.get(7)!, B, G2()), 'B in G2');
  for (const [name, from, of] of [
    ['alpha', 0, alpha],
    ['beta', 64, beta],
    ['delta', 384, delta],
  ] as const)
    assert.ok(areMultiples('g1m', own(from, 64), [of], G1()), name);
  assert.ok(areMultiples('g2m', own(128, 128), [beta], G2()), 'beta in G2');
  assert.ok(areMultiples('g2m', own(448, 128), [delta], G2()), 'delta in G2');
  const published = JSON.parse(Buffer.from(artefact('zkid.vkey.json')).toString('utf8')).vk_gamma_2;
  assert.equal(
    published[0][0],
    '10857046999023057135944570762232829481370756359578518086990519993285655852781',
    "gamma is EIP-197's generator",
  );
});

test('the same check finds one coefficient that was changed, and one point', () => {
  const { C } = scalars();
  const other = C.with(100, mod(C[100]! + 1n));
  assert.ok(!areMultiples('g1m', zkey.get(8)!, other, G1()));
  const points = Uint8Array.from(zkey.get(8)!);
  points.copyWithin(64 * 100, 64 * 101, 64 * 102);
  assert.ok(!areMultiples('g1m', points, C, G1()));
});

test('the committed files are what the sources and the committed zkey make, byte for byte', async () => {
  await singleThreadedCurve();
  const artifacts = fileURLToPath(new URL('../../circuits/artifacts', import.meta.url));
  await inWorkFolder(async (folder) => {
    const compiled = compileCircuit(ZKID, folder);
    const into = path.join(folder, 'artifacts');
    const zkeyFile = path.join(artifacts, 'zkid.zkey');
    const files = await writeArtefacts(compiled, zkeyFile, { into, development: true });
    assert.equal(files.length, 8);
    for (const file of files)
      assert.equal(sha256(path.join(into, file)), sha256(path.join(artifacts, file)), file);
  });
});
