import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesToHex, type Hex, keccak256, numberToHex } from 'viem';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import * as protocol from '../../src/protocol/bls.ts';
import { mcl } from '../../src/node/chain/mcl.ts';
import { aggregateSignatures, signDigest, verifyAggregate } from '../../src/node/committee/bls.ts';
import { member, sign } from '../protocol/committee-fixture.ts';
import { flipBit, withCode } from '../protocol/vectors.ts';

const members = [1, 2, 3, 4].map(member);
const keys = members.map(({ publicKey }) => protocol.decodeG2(publicKey));
const compressed = (points: readonly protocol.G2Point[]): Hex[] =>
  points.map((point) => bytesToHex(point.toBytes(true)));
const digests = [0, 1, 2].map((seed) => keccak256(numberToHex(seed, { size: 4 })));
const G1 = bls12_381.G1.Point;

test('signatures and their sums are byte for byte those of noble', () => {
  for (const digest of digests) {
    const signatures = members.map(({ secret }) => signDigest(digest, secret));
    assert.deepEqual(
      signatures,
      members.map(({ secret }) => sign(digest, secret)),
    );
    const aggregate = aggregateSignatures(signatures);
    assert.equal(aggregate, protocol.aggregateSignatures('short', signatures));
    assert.ok(verifyAggregate(digest, aggregate, compressed(keys)));
    assert.ok(protocol.verifyAggregate(digest, aggregate, keys));
  }
});

test('noble and mcl refuse the same: other message, other signers, nobody, infinity, keys that cancel', () => {
  const [digest, other] = digests as [Hex, Hex];
  const aggregate = aggregateSignatures(members.map(({ secret }) => signDigest(digest, secret)));
  const infinity: Hex = `0xc0${'00'.repeat(47)}`;
  for (const [name, message, signature, signers] of [
    ['other message', other, aggregate, keys],
    ['one signer fewer', digest, aggregate, keys.slice(1)],
    ['a signer twice', digest, aggregate, [...keys, keys[0]!]],
    ['nobody', digest, aggregate, []],
    ['infinity', digest, infinity, keys],
    ['keys that cancel', digest, aggregate, [keys[0]!, keys[0]!.negate()]],
    ['keys that cancel, infinity', digest, infinity, [keys[0]!, keys[0]!.negate()]],
  ] as const) {
    assert.equal(protocol.verifyAggregate(message, signature, signers), false, name);
    assert.equal(verifyAggregate(message, signature, compressed(signers)), false, name);
  }
});

test('what noble does not take for a point, mcl does not either', () => {
  const [digest] = digests as [Hex];
  const good = signDigest(digest, members[0]!.secret);
  const bytes = Buffer.from(good.slice(2), 'hex');
  const uncompressed = bytesToHex(G1.fromBytes(bytes).toBytes(false));
  const bad: Hex[] = [
    '0x',
    good.slice(0, -2) as Hex,
    `${good}00`,
    uncompressed,
    flipBit(good, 0),
    `0xe0${'00'.repeat(47)}`,
    `0xc0${'00'.repeat(46)}01`,
    `0x${'00'.repeat(48)}`,
    `0x9a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab`,
    `0x${'ff'.repeat(48)}`,
    outsideSubgroup(),
  ];
  for (const encoded of bad) {
    const refused = withCode('BLS_POINT_INVALID');
    assert.throws(() => protocol.aggregateSignatures('short', [encoded]), refused, encoded);
    assert.throws(() => aggregateSignatures([encoded]), refused, encoded);
    assert.throws(() => verifyAggregate(digest, encoded, compressed(keys)), refused, encoded);
  }
  // A precompile that left the subgroup check off must not leave it off here.
  mcl.verifyOrderG1(false);
  assert.throws(() => aggregateSignatures([outsideSubgroup()]), withCode('BLS_POINT_INVALID'));
  assert.throws(() => aggregateSignatures([]), withCode('BLS_EMPTY'));
});

test('random encodings are points to mcl exactly when they are to noble', () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = BigInt(keccak256(numberToHex(seed, { size: 4 }))) % bls12_381.fields.Fr.ORDER;
    const inside = G1.BASE.multiply(random).toBytes(true);
    const outside = Uint8Array.from(inside);
    outside[47]! ^= 1 + (seed % 255);
    for (const bytes of [inside, outside]) {
      const encoded = bytesToHex(bytes);
      const reference = attempt(() => protocol.aggregateSignatures('short', [encoded]));
      assert.equal(reference !== undefined, bytes === inside, encoded);
      assert.equal(
        attempt(() => aggregateSignatures([encoded])),
        reference,
        encoded,
      );
    }
  }
});

function attempt(work: () => Hex): Hex | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A point of the curve whose order is not the group's. */
function outsideSubgroup(): Hex {
  const { Fp } = bls12_381.fields;
  for (let x = 1n; ; x++) {
    const square = Fp.add(Fp.pow(x, 3n), 4n);
    if (!Fp.eql(Fp.pow(square, (Fp.ORDER - 1n) / 2n), 1n)) continue;
    const point = G1.fromAffine({ x, y: Fp.sqrt(square) });
    // noble will not encode it. Of the two points at x either will do.
    if (!point.isTorsionFree()) return numberToHex(x | (1n << 383n), { size: 48 });
  }
}
