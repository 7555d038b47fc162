import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, type Hex, hashMessage, keccak256, numberToHex, slice, zeroHash } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import {
  type Attestation,
  attestationDigest,
  parseCommittee,
  parseSignedAttestation,
} from '../../src/protocol/attestation.ts';
import { verifyEcdsaPossession, verifySignatures } from '../../src/protocol/ecdsa.ts';
import { PreparedCommittee } from '../../src/protocol/prepared-committee.ts';
import { type AttestationCheck, verifyAttestation } from '../../src/protocol/verify-attestation.ts';
import { flipBit, seededRandom, withCode } from './vectors.ts';

const members = [1, 2, 3, 4]
  .map((seed) => {
    const secret = keccak256(numberToHex(seed));
    return { secret, key: privateKeyToAccount(secret).address.toLowerCase() as Hex };
  })
  .toSorted((a, b) => (a.key < b.key ? -1 : 1));
const keys = members.map(({ key }) => key);
const committee = new PreparedCommittee({ scheme: 'ecdsa', epoch: 7n, threshold: 3, keys });
const domain = { mainchainId: 177, anchorRegistry: '0x00000000000000000000000000000000000000a1' } as const;
const attestation: Attestation = {
  executionChainId: 31178n,
  epoch: 7n,
  committeeHash: committee.hash,
  blockNumber: 12n,
  blockHash: keccak256('0x01'),
  outputRoot: keccak256('0x02'),
  dataHash: keccak256('0x03'),
  dataLength: 100n,
  expiry: 1_000n,
  previous: zeroHash,
};
const digest = attestationDigest(domain, attestation);

const signature = async (signers: readonly number[], over = digest): Promise<Hex> =>
  concat(
    await Promise.all(
      signers.map((index) => sign({ hash: over, privateKey: members[index]!.secret, to: 'hex' })),
    ),
  );
const check = (value: Hex, bitmap: Hex = '0x0d'): AttestationCheck => ({
  signed: { attestation, bitmap, signature: value },
  domain,
  committee,
  executionChainId: 31178,
  now: 999n,
});
const refused = (value: AttestationCheck, code = 'ATTESTATION_SIGNATURE') =>
  assert.throws(() => verifyAttestation(value), withCode(code));

test('three of four addresses attest, one signature each in the order of the addresses', async () => {
  assert.deepEqual(verifyAttestation(check(await signature([0, 2, 3]))), { digest, signers: [0, 2, 3] });
});

test('another order, a signature twice, one too few or too many, bits of others', async () => {
  refused(check(await signature([2, 0, 3])));
  refused(check(await signature([0, 2, 2])));
  refused(check(await signature([0, 2])));
  refused(check(await signature([0, 1, 2, 3])));
  refused(check(await signature([0, 2, 3]), '0x0e'));
  refused(check(await signature([0, 2]), '0x05'), 'ATTESTATION_THRESHOLD');
  refused(check(await signature([0, 2, 3], zeroHash)));
});

test('only the canonical encoding: s in the lower half, v 27 or 28', async () => {
  const good = await signature([0, 2, 3]);
  const first = slice(good, 0, 65);
  const rest = slice(good, 65);
  const v = Number(slice(first, 64));
  const mirrored = numberToHex(secp256k1.Point.Fn.ORDER - BigInt(slice(first, 32, 64)), { size: 32 });
  const tail = (value: number) => numberToHex(value, { size: 1 });
  refused(check(concat([slice(first, 0, 32), mirrored, tail(55 - v), rest])));
  for (const other of [v - 27, 55 - v, 29, 31, 255])
    refused(check(concat([slice(first, 0, 64), tail(other), rest])));
  refused(check(concat([`0x${'00'.repeat(65)}`, rest])));
});

test('no flipped bit of a signature is accepted', async () => {
  const good = await signature([0, 2, 3]);
  const random = seededRandom(11);
  for (let round = 0; round < 60; round++) refused(check(flipBit(good, random(195 * 8))));
});

test('an empty list verifies nothing; possession is a signed message of the address', async () => {
  assert.ok(!verifySignatures(digest, '0x', []));
  const { secret, key } = members[0]!;
  const proof = await sign({ hash: hashMessage({ raw: key }), privateKey: secret, to: 'hex' });
  assert.ok(verifyEcdsaPossession(key, proof));
  assert.ok(!verifyEcdsaPossession(keys[1]!, proof));
  assert.ok(!verifyEcdsaPossession(key, await sign({ hash: keccak256(key), privateKey: secret, to: 'hex' })));
  assert.ok(!verifyEcdsaPossession(key, '0x'));
});

test('a committee of addresses is sorted, has no member twice and meets its threshold', () => {
  const refusedCommittee = (change: object, code: string) =>
    assert.throws(
      () => new PreparedCommittee({ scheme: 'ecdsa', epoch: 1n, threshold: 3, keys, ...change }),
      withCode(code),
    );
  refusedCommittee({ keys: keys.toReversed() }, 'COMMITTEE_KEY');
  refusedCommittee({ keys: [keys[0]!, keys[0]!, keys[1]!] }, 'COMMITTEE_KEY');
  refusedCommittee({ threshold: 0 }, 'COMMITTEE_THRESHOLD');
  refusedCommittee({ threshold: 5 }, 'COMMITTEE_THRESHOLD');
});

test('what JSON says of a committee: the scheme decides what a key is', () => {
  const json = { epoch: '7', threshold: 3, keys };
  assert.deepEqual(parseCommittee({ ...json, scheme: 'ecdsa' }, 'committee'), committee.committee);
  const point = `0x${'11'.repeat(96)}`;
  const plain = { epoch: 7n, threshold: 3, keys: [point] };
  assert.deepEqual(parseCommittee({ ...json, keys: [point] }, 'committee'), plain);
  assert.deepEqual(parseCommittee({ ...json, keys: [point], scheme: 'bls' }, 'committee'), plain);
  for (const wrong of [json, { ...json, scheme: 'bls' }, { ...json, scheme: 'ecdsa', keys: [point] }])
    assert.throws(() => parseCommittee(wrong, 'committee'), withCode('PARSE_INVALID'));
  assert.throws(() => parseCommittee({ ...json, scheme: 'rsa' }, 'committee'), withCode('PARSE_INVALID'));
});

test('a signature is 48 bytes, or 65 for each signer', async () => {
  const parse = (value: Hex) =>
    parseSignedAttestation(
      JSON.parse(
        JSON.stringify({ attestation, bitmap: '0x0d', signature: value }, (_key, entry: unknown) =>
          typeof entry === 'bigint' ? entry.toString() : entry,
        ),
      ),
      'attestation',
    );
  assert.equal(parse(await signature([0, 2, 3])).signature.length, 2 + 2 * 195);
  parse(`0x${'11'.repeat(48)}`);
  for (const size of [0, 47, 49, 64, 66, 129, 65 * 257])
    assert.throws(() => parse(`0x${'11'.repeat(size)}`), withCode('PARSE_INVALID'));
});
