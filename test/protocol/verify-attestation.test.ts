import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hex, keccak256, zeroHash } from 'viem';
import { type Attestation, attestationDigest } from '../../src/protocol/attestation.ts';
import { PreparedCommittee } from '../../src/protocol/prepared-committee.ts';
import type { Header } from '../../src/protocol/header.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import {
  type AttestationCheck,
  signersOf,
  verifyAttestation,
  verifyAttestedHeader,
} from '../../src/protocol/verify-attestation.ts';
import { attest, member } from './committee-fixture.ts';
import { flipBit, seededRandom, vector, withCode } from './vectors.ts';

const members = [1, 2, 3, 4].map(member);
const committee = new PreparedCommittee({ epoch: 7n, threshold: 3, keys: members.map((m) => m.publicKey) });
const domain = { mainchainId: 31177, anchorRegistry: '0x00000000000000000000000000000000000000a1' } as const;
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
const good: AttestationCheck = {
  signed: attest(domain, attestation, members, [0, 2, 3]),
  domain,
  committee,
  executionChainId: 31178,
  now: 999n,
};
const refused = (check: AttestationCheck, ...codes: string[]) =>
  assert.throws(() => verifyAttestation(check), withCode(...codes));
const signed = (change: Partial<Attestation>, signers = [0, 2, 3]): AttestationCheck => ({
  ...good,
  signed: attest(domain, { ...attestation, ...change }, members, signers),
});
const bitmap = (value: Hex): AttestationCheck => ({ ...good, signed: { ...good.signed, bitmap: value } });

test('three of four members attest', () => {
  assert.deepEqual(verifyAttestation(good), {
    digest: attestationDigest(domain, attestation),
    signers: [0, 2, 3],
  });
  assert.deepEqual(verifyAttestation(signed({}, [0, 1, 2, 3])).signers, [0, 1, 2, 3]);
});

test('each rule of wire.md §2 refuses by its own code', () => {
  refused(signed({}, [0, 1]), 'ATTESTATION_THRESHOLD');
  refused(bitmap('0x1d'), 'ATTESTATION_BITMAP');
  refused(bitmap('0x8d'), 'ATTESTATION_BITMAP');
  refused(bitmap('0x0d00'), 'ATTESTATION_BITMAP');
  refused(bitmap('0x'), 'ATTESTATION_BITMAP');
  refused(bitmap('0x00'), 'ATTESTATION_THRESHOLD');
  refused(bitmap('0x0f'), 'ATTESTATION_SIGNATURE');
  refused(bitmap('0x0e'), 'ATTESTATION_SIGNATURE');
  refused({ ...good, now: 1_000n }, 'ATTESTATION_EXPIRED');
  refused(signed({ epoch: 6n }), 'ATTESTATION_EPOCH');
  refused(signed({ epoch: 8n }), 'ATTESTATION_EPOCH');
  refused(signed({ committeeHash: zeroHash }), 'ATTESTATION_COMMITTEE');
  refused(signed({ executionChainId: 1n }), 'ATTESTATION_CHAIN');
  refused(
    { ...good, signed: { ...good.signed, attestation: { ...attestation, dataLength: 1n << 64n } } },
    'ATTESTATION_RANGE',
  );
});

test('nothing replays under another mainchain or registry', () => {
  refused({ ...good, domain: { ...domain, mainchainId: 177 } }, 'ATTESTATION_SIGNATURE');
  refused(
    { ...good, domain: { ...domain, anchorRegistry: '0x00000000000000000000000000000000000000a2' } },
    'ATTESTATION_SIGNATURE',
  );
});

test('every field is signed', () => {
  const changes: Partial<Attestation>[] = [
    { blockNumber: 13n },
    { blockHash: zeroHash },
    { outputRoot: zeroHash },
    { dataHash: zeroHash },
    { dataLength: 101n },
    { expiry: 2_000n },
    { previous: keccak256('0x') },
  ];
  for (const change of changes)
    refused(
      { ...good, signed: { ...good.signed, attestation: { ...attestation, ...change } } },
      'ATTESTATION_SIGNATURE',
    );
});

test('malformed signatures: off the curve, outside the subgroup, infinity, other encodings', () => {
  const signature = (value: Hex): AttestationCheck => ({
    ...good,
    signed: { ...good.signed, signature: value },
  });
  refused(signature(`0xc0${'00'.repeat(47)}`), 'ATTESTATION_SIGNATURE');
  refused(signature(`0xe0${'00'.repeat(47)}`), 'ATTESTATION_SIGNATURE_ENCODING');
  // On the curve but outside the subgroup, and not on the curve: the vectors' own points.
  for (const name of [
    'not_in_G1',
    'not_in_curve',
    'x_equal_to_modulus',
    'with_wrong_c_flag',
    'too_few_bytes',
  ]) {
    const { input } = vector<{ input: { pubkey: string } }>(
      `bls12-381/deserialization_G1/deserialization_fails_${name}.json`,
    );
    refused(signature(`0x${input.pubkey}`), 'ATTESTATION_SIGNATURE_ENCODING');
  }
  const random = seededRandom(5);
  for (let round = 0; round < 20; round++)
    refused(
      signature(flipBit(good.signed.signature, random(384))),
      'ATTESTATION_SIGNATURE',
      'ATTESTATION_SIGNATURE_ENCODING',
    );
});

test('bit i of byte i >> 3 is member i', () => {
  assert.deepEqual(signersOf('0x0180', 16), [0, 15]);
  assert.deepEqual(signersOf('0x0101', 9), [0, 8]);
  assert.throws(() => signersOf('0x0102', 9), withCode('ATTESTATION_BITMAP'));
});

test('the attested header is the header that was attested', () => {
  const header: Header = headerFromRpc(vector('mainnet-block-21925176/block.json'));
  const about = {
    ...attestation,
    blockNumber: header.number,
    blockHash: vector<{ hash: Hex }>('mainnet-block-21925176/block.json').hash,
  };
  assert.equal(verifyAttestedHeader(about, header), about.blockHash);
  for (const change of [{ blockNumber: 1n }, { blockHash: zeroHash }])
    assert.throws(
      () => verifyAttestedHeader({ ...about, ...change }, header),
      withCode('ATTESTATION_HEADER'),
    );
});
