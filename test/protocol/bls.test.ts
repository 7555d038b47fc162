import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { bytesToHex, type Hex, hexToBytes, keccak256 } from 'viem';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { POSSESSION_DST } from '../../src/protocol/attestation.ts';
import {
  aggregateKeys,
  aggregateSignatures,
  decodeG1,
  decodeG2,
  fastAggregateVerify,
  verifyAggregate,
  verifyPossession,
} from '../../src/protocol/bls.ts';
import { PreparedCommittee } from '../../src/protocol/prepared-committee.ts';
import { g2ToEip2537 } from '../../src/protocol/committee.ts';
import { member, sign } from './committee-fixture.ts';
import { flipBit, vector, vectorPath, withCode } from './vectors.ts';

function cases<I, O>(folder: string): [string, { input: I; output: O }][] {
  const names = readdirSync(vectorPath(`bls12-381/${folder}`)).filter((name) => name.endsWith('.json'));
  assert.ok(names.length > 0);
  return names.map((name) => [name, vector(`bls12-381/${folder}/${name}`)]);
}
test('the vectors hold 46 cases, good and bad of each kind', () => {
  for (const [folder, good, bad] of [
    ['deserialization_G1', 2, 11],
    ['deserialization_G2', 2, 13],
    ['aggregate', 5, 1],
    ['fast_aggregate_verify', 3, 9],
  ] as const) {
    const outputs = cases<unknown, unknown>(folder).map(([, { output }]) => Boolean(output));
    assert.deepEqual(
      [outputs.filter(Boolean).length, outputs.filter((each) => !each).length],
      [good, bad],
      folder,
    );
  }
});
const prefixed = (value: string) => (value.startsWith('0x') ? value : `0x${value}`) as Hex;

for (const [name, { input, output }] of cases<{ pubkey: string }, boolean>('deserialization_G1'))
  test(`G1 ${name}`, () => {
    if (output)
      assert.equal(bytesToHex(decodeG1(prefixed(input.pubkey)).toBytes(true)), prefixed(input.pubkey));
    else assert.throws(() => decodeG1(prefixed(input.pubkey)), withCode('BLS_POINT_INVALID'));
  });

for (const [name, { input, output }] of cases<{ signature: string }, boolean>('deserialization_G2'))
  test(`G2 ${name}`, () => {
    const bytes = prefixed(input.signature);
    if (output) assert.equal(bytesToHex(decodeG2(bytes).toBytes(true)), bytes);
    else assert.throws(() => decodeG2(bytes), withCode('BLS_POINT_INVALID'));
  });

for (const [name, { input, output }] of cases<Hex[], Hex | null>('aggregate'))
  test(name, () => {
    if (output === null) assert.throws(() => aggregateSignatures('long', input), withCode('BLS_EMPTY'));
    else assert.equal(aggregateSignatures('long', input), output);
  });

for (const [name, { input, output }] of cases<{ pubkeys: Hex[]; message: Hex; signature: Hex }, boolean>(
  'fast_aggregate_verify',
))
  test(name, () => {
    assert.equal(fastAggregateVerify('long', input.pubkeys, input.message, input.signature), output);
  });

const digest = keccak256('0x01');
const members = [1, 2, 3, 4].map(member);

test('short signatures: aggregate of three of four', () => {
  const three = members.slice(0, 3);
  const signature = aggregateSignatures(
    'short',
    three.map(({ secret }) => sign(digest, secret)),
  );
  const points = three.map(({ publicKey }) => decodeG2(publicKey));
  assert.ok(verifyAggregate(digest, signature, points));
  assert.ok(!verifyAggregate(keccak256('0x02'), signature, points));
  assert.ok(!verifyAggregate(digest, signature, points.slice(0, 2)));
  assert.ok(!verifyAggregate(digest, signature, [...points, decodeG2(members[3]!.publicKey)]));
  assert.ok(!verifyAggregate(digest, signature, []));
  assert.ok(
    fastAggregateVerify(
      'short',
      three.map(({ publicKey }) => publicKey),
      digest,
      signature,
    ),
  );
  assert.ok(aggregateKeys(points).equals(points[0]!.add(points[1]!).add(points[2]!)));
  assert.throws(() => aggregateKeys([]), withCode('BLS_EMPTY'));
});

test('infinity signs nothing, and keys that cancel each other sign nothing', () => {
  const infinity = `0xc0${'00'.repeat(47)}` as Hex;
  const point = decodeG2(members[0]!.publicKey);
  assert.ok(!verifyAggregate(digest, infinity, [point]));
  assert.ok(!verifyAggregate(digest, infinity, [point, point.negate()]));
  assert.ok(!verifyAggregate(digest, sign(digest, members[0]!.secret), [point, point.negate()]));
});

test('a flipped bit anywhere in the signature is refused', () => {
  const signature = sign(digest, members[0]!.secret);
  const point = decodeG2(members[0]!.publicKey);
  for (let bit = 0; bit < 48 * 8; bit += 11) {
    let valid = false;
    try {
      valid = verifyAggregate(digest, flipBit(signature, bit), [point]);
    } catch (error) {
      withCode('BLS_POINT_INVALID')(error);
    }
    assert.ok(!valid, `bit ${bit}`);
  }
});

test('possession: over the EIP-2537 key, by its own secret, under its own ciphersuite', () => {
  const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
  assert.ok(verifyPossession(a.publicKey, a.possession));
  assert.ok(!verifyPossession(a.publicKey, b.possession));
  assert.ok(!verifyPossession(b.publicKey, a.possession));
  const eip2537 = g2ToEip2537(bytesToHex(decodeG2(a.publicKey).toBytes(false)));
  // The same message under the ciphersuite of attestations is no proof.
  const scheme = bls12_381.shortSignatures;
  const wrongSuite = bytesToHex(scheme.sign(scheme.hash(hexToBytes(eip2537)), a.secret).toBytes(true));
  assert.ok(!verifyPossession(a.publicKey, wrongSuite));
  assert.notEqual(POSSESSION_DST, 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_');
  // A rogue key, made to cancel another member's, has no possession its maker could sign.
  const rogue = bytesToHex(decodeG2(b.publicKey).subtract(decodeG2(a.publicKey)).toBytes(true));
  assert.ok(!verifyPossession(rogue, b.possession));
});

test('a committee is decoded once; unusable ones are refused', () => {
  const keys = members.map(({ publicKey }) => publicKey);
  const prepared = new PreparedCommittee({ epoch: 1n, threshold: 3, keys });
  assert.equal(prepared.size, 4);
  assert.match(prepared.hash, /^0x[0-9a-f]{64}$/);
  assert.notEqual(prepared.hash, new PreparedCommittee({ epoch: 1n, threshold: 2, keys }).hash);
  const refused = (change: Partial<{ threshold: number; keys: Hex[] }>, code: string) =>
    assert.throws(() => new PreparedCommittee({ epoch: 1n, threshold: 3, keys, ...change }), withCode(code));
  refused({ threshold: 0 }, 'COMMITTEE_THRESHOLD');
  refused({ threshold: 5 }, 'COMMITTEE_THRESHOLD');
  refused({ keys: [] }, 'COMMITTEE_THRESHOLD');
  refused({ keys: [...keys.slice(0, 3), keys[0]!] }, 'COMMITTEE_KEY');
  refused({ keys: keys.with(2, `0xc0${'00'.repeat(95)}`) }, 'COMMITTEE_KEY');
  refused({ keys: keys.with(2, flipBit(keys[2]!, 400)) }, 'COMMITTEE_KEY');
});
