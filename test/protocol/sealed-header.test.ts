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
  commit_hash: Hex;
  block_hash?: Hex;
  validators: Address[];
  seals: Hex[];
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
  for (const change of [
    { stateRoot: flipBit(header.stateRoot, 3) },
    { timestamp: header.timestamp + 1n },
    { number: header.number + 1n },
    { parentHash: flipBit(header.parentHash, 255) },
    { baseFeePerGas: 7n },
  ] satisfies Partial<Header>[])
    assert.throws(
      () => verifySealedHeader({ header: { ...header, ...change }, validators: besu.validators }),
      withCode('SEAL_OTHER_HEADER'),
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
