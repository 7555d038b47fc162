import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, fromRlp, type Hex, keccak256, bytesToHex, hexToBytes } from 'viem';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { encodeHeader, type Header, headerFromRlpList } from '../../src/protocol/header.ts';
import {
  decodeQbftExtra,
  encodeQbftExtra,
  qbftBlockHash,
  type QbftExtra,
  qbftSealHash,
} from '../../src/protocol/qbft.ts';
import { qbftQuorum } from '../../src/protocol/quorum.ts';
import { verifySealedHeader, verifySkip } from '../../src/protocol/sealed-header.ts';
import { flipBit, vector, withCode } from './vectors.ts';

interface Vector {
  header_rlp: Hex;
  header_rlp_without_seals: Hex;
  commit_hash: Hex;
  validators: Address[];
  round: number;
  seals: Hex[];
  number: number;
  timestamp: number;
  state_root: Hex;
  derived_by_this_research: { block_hash_round0_noseals: Hex; signers: Address[] };
  extra_data_single_validator: Hex;
}

const besu = vector<Vector>('qbft/besu-sealed-header.json');
const header = headerFromRlpList(fromRlp(besu.header_rlp, 'hex') as Hex[]);
const extra = decodeQbftExtra(header.extraData);
const withExtra = (change: Partial<QbftExtra>, base: Header = header): Header => ({
  ...base,
  extraData: encodeQbftExtra({ ...decodeQbftExtra(base.extraData), ...change }),
});

test('Besu block 7528: RLP round trip, seal hash, three signers', () => {
  assert.equal(encodeHeader(header), besu.header_rlp);
  assert.equal(qbftSealHash(header), besu.commit_hash);
  const { signers, hash } = verifySealedHeader({ header, validators: besu.validators });
  assert.equal(signers.length, 3);
  assert.equal(new Set(signers).size, 3);
  for (const signer of signers) assert.ok(besu.validators.includes(signer));
  assert.equal(hash, qbftBlockHash(header));
  assert.equal(qbftBlockHash(withExtra({ seals: [], round: 0n })), hash);
});

test('Besu block 7528: every part as the vector names it', () => {
  assert.deepEqual(extra, {
    vanity: extra.vanity,
    validators: besu.validators,
    vote: undefined,
    round: BigInt(besu.round),
    seals: besu.seals,
  });
  assert.equal(encodeQbftExtra(extra), header.extraData);
  assert.equal(encodeHeader(withExtra({ seals: [] })), besu.header_rlp_without_seals);
  assert.deepEqual(
    [header.number, header.timestamp, header.stateRoot],
    [BigInt(besu.number), BigInt(besu.timestamp), besu.state_root],
  );
  const { block_hash_round0_noseals, signers } = besu.derived_by_this_research;
  assert.equal(qbftBlockHash(header), block_hash_round0_noseals);
  assert.deepEqual(verifySealedHeader({ header, validators: besu.validators }).signers, signers);
});

test('the extraData of a single validator: read, written again, refused when cut or prolonged', () => {
  const single = decodeQbftExtra(besu.extra_data_single_validator);
  assert.deepEqual(
    [single.validators.length, single.vote, single.round, single.seals.length],
    [1, undefined, 0n, 1],
  );
  assert.equal(encodeQbftExtra(single), besu.extra_data_single_validator);
  for (const bytes of [
    besu.extra_data_single_validator.slice(0, -2),
    `${besu.extra_data_single_validator}00`,
  ])
    assert.throws(() => decodeQbftExtra(bytes as Hex), withCode('QBFT_EXTRA_INVALID'));
});

test('any two of the three seals are refused: 2 of 4 is not 2/3', () => {
  for (let left = 0; left < 3; left++) {
    const seals = extra.seals.filter((_, index) => index !== left);
    assert.throws(
      () => verifySealedHeader({ header: withExtra({ seals }), validators: besu.validators }),
      withCode('SEAL_QUORUM'),
    );
  }
});

test('a repeated seal is refused, not counted', () => {
  const [a, b] = extra.seals as [Hex, Hex];
  assert.throws(
    () => verifySealedHeader({ header: withExtra({ seals: [a, b, a] }), validators: besu.validators }),
    withCode('SEAL_DUPLICATE'),
  );
});

test('a seal over another header is no member, whatever field was changed', () => {
  // Difficulty, mixHash and extraData decide whether it is a QBFT header at all; the tests beside this one.
  const { difficulty: _difficulty, mixHash: _mixHash, extraData: _extra, ...sealed } = header;
  const changes: Partial<Header>[] = Object.entries(sealed).map(([field, value]) => ({
    [field]: typeof value === 'bigint' ? value + 1n : flipBit(value, 3),
  }));
  assert.equal(changes.length, 12);
  for (const change of [...changes, { baseFeePerGas: 7n }])
    assert.throws(
      () => verifySealedHeader({ header: { ...header, ...change }, validators: besu.validators }),
      withCode('SEAL_OTHER_HEADER'),
      Object.keys(change)[0],
    );
});

test('one false seal among true ones is named as such, wherever it stands', () => {
  for (let at = 0; at < 3; at++) {
    const seals = extra.seals.with(at, flipBit(extra.seals[at]!, 63 * 8));
    assert.throws(
      () => verifySealedHeader({ header: withExtra({ seals }), validators: besu.validators }),
      withCode('SEAL_NOT_A_VALIDATOR'),
    );
  }
});

test('the header must list the trusted set', () => {
  const stranger: Address = '0x00000000000000000000000000000000000000aa';
  assert.throws(
    () => verifySealedHeader({ header, validators: [...besu.validators.slice(0, 3), stranger] }),
    withCode('SEAL_VALIDATORS_CHANGED'),
  );
  assert.throws(
    () => verifySealedHeader({ header: { ...header, difficulty: 2n }, validators: besu.validators }),
    withCode('SEAL_NOT_QBFT'),
  );
  assert.throws(
    () =>
      verifySealedHeader({
        header: withExtra({ validators: extra.validators.toReversed() }),
        validators: besu.validators,
      }),
    withCode('QBFT_EXTRA_INVALID'),
  );
});

test('a recovery byte other than 0 and 1 is no seal', () => {
  const seals = extra.seals.map((seal, index) => (index === 1 ? (`${seal.slice(0, -2)}1b` as Hex) : seal));
  assert.throws(
    () => verifySealedHeader({ header: withExtra({ seals }), validators: besu.validators }),
    withCode('SEAL_INVALID'),
  );
});

test('every flipped bit of a seal is refused', () => {
  const seal = extra.seals[2]!;
  for (let bit = 0; bit < 65 * 8; bit += 13) {
    const seals = [...extra.seals.slice(0, 2), flipBit(seal, bit)];
    assert.throws(
      () => verifySealedHeader({ header: withExtra({ seals }), validators: besu.validators }),
      withCode('SEAL_INVALID', 'SEAL_NOT_A_VALIDATOR', 'SEAL_DUPLICATE'),
    );
  }
});

const members = Array.from({ length: 10 }, (_, index) => {
  const key = hexToBytes(keccak256(`0x${(index + 1).toString(16).padStart(2, '0')}`));
  const digest = keccak256(secp256k1.getPublicKey(key, false).subarray(1));
  return { key, address: `0x${digest.slice(26)}` as Address };
}).toSorted((a, b) => (a.address < b.address ? -1 : 1));

function sealed(validators: typeof members, signers: typeof members): Header {
  const unsealed = withExtra({ validators: validators.map((member) => member.address), seals: [] });
  const digest = hexToBytes(qbftSealHash(unsealed));
  const seals = signers.map(({ key }) => {
    const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
    return bytesToHex(Uint8Array.from([...bytes.subarray(1), bytes[0]!]));
  });
  return withExtra({ seals }, unsealed);
}
const addresses = (set: typeof members) => set.map((member) => member.address);

test('the quorum is the ceiling of two thirds for every size', () => {
  for (let n = 1; n <= 10; n++) {
    const set = members.slice(0, n);
    const needed = qbftQuorum(n);
    assert.ok(3 * needed >= 2 * n && 3 * (needed - 1) < 2 * n);
    const enough = sealed(set, set.slice(0, needed));
    assert.equal(verifySealedHeader({ header: enough, validators: addresses(set) }).signers.length, needed);
    assert.throws(
      () =>
        verifySealedHeader({
          header: sealed(set, set.slice(0, needed - 1)),
          validators: addresses(set),
        }),
      withCode('SEAL_QUORUM'),
    );
  }
});

test('skip: more than a third of the trusted set and two thirds of the new one', () => {
  const trusted = addresses(members.slice(0, 6));
  const next = members.slice(3, 7);
  // Members 3, 4, 5 are in both sets: 3 of 6 trusted, 3 of 4 new.
  const decision = verifySkip(trusted, sealed(next, next.slice(0, 3)));
  assert.deepEqual(decision.validators, addresses(next));
  assert.equal(decision.signers.length, 3);
  // Exactly a third of the trusted set is not more than a third.
  const third = members.slice(4, 8);
  assert.throws(() => verifySkip(trusted, sealed(third, third.slice(0, 3))), withCode('SEAL_SKIP'));
  // Enough of the trusted set, too few of the new.
  assert.throws(() => verifySkip(trusted, sealed(next, next.slice(0, 2))), withCode('SEAL_QUORUM'));
  const strangers = members.slice(6, 10);
  assert.throws(() => verifySkip(trusted, sealed(strangers, strangers)), withCode('SEAL_SKIP'));
});
