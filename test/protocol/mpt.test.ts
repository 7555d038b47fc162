import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromRlp, type Hex, keccak256, toRlp } from 'viem';
import { EMPTY_TRIE_ROOT } from '../../src/protocol/header.ts';
import { encodePath, nibbles, verifyTrieInclusion, verifyTrieProof } from '../../src/protocol/mpt.ts';
import { orderedTrieKey, orderedTrieProof, orderedTrieRoot } from '../../src/protocol/trie-root.ts';
import { flipBit, seededRandom, vector, withCode } from './vectors.ts';

interface Vector {
  name: string;
  root: Hex;
  key: Hex;
  value?: Hex;
  proof: Hex[];
  expectRevert: string | null;
}
const vectors = vector<Vector[]>('mpt/merkletrie.json');
const good = vectors.filter((each) => each.expectRevert === null);
const bad = vectors.filter((each) => each.expectRevert !== null);

test('the vectors hold 10 valid and 11 invalid proofs', () => {
  assert.deepEqual([good.length, bad.length], [10, 11]);
});

for (const each of good)
  test(`accepts ${each.name}`, () => assert.equal(verifyTrieInclusion(each), each.value));

const REFUSALS: Record<string, string> = {
  test_get_nonexistentKey1_reverts: 'TRIE_ABSENT',
  test_get_nonexistentKey2_reverts: 'TRIE_ABSENT',
  test_get_wrongKeyProof_reverts: 'TRIE_NODE_HASH',
  test_get_corruptedProof_reverts: 'TRIE_NODE_HASH',
  test_get_invalidDataRemainder_reverts: 'TRIE_PROOF_EXTRA',
  test_get_invalidInternalNodeHash_reverts: 'TRIE_NODE_HASH',
  test_get_zeroBranchValueLength_reverts: 'TRIE_ABSENT',
  test_get_zeroLengthKey_reverts: 'TRIE_KEY_EMPTY',
  test_get_smallerPathThanKey1_reverts: 'TRIE_ABSENT',
  test_get_smallerPathThanKey2_reverts: 'TRIE_ABSENT',
  test_get_extraProofElements_reverts: 'TRIE_PROOF_EXTRA',
};
for (const each of bad)
  test(`refuses ${each.name}`, () => {
    assert.throws(() => verifyTrieInclusion(each), withCode(REFUSALS[each.name] ?? 'an expectation'));
  });

test('no flipped bit of any valid proof is accepted, nor does it turn into absence', () => {
  const random = seededRandom(7);
  for (const each of good)
    for (let round = 0; round < 60; round++) {
      const at = random(each.proof.length);
      const node = each.proof[at]!;
      const proof = each.proof.with(at, flipBit(node, random((node.length - 2) * 4)));
      assert.throws(
        () => verifyTrieProof({ ...each, proof }),
        withCode('TRIE_NODE_HASH', 'TRIE_PROOF_EXTRA', 'TRIE_NODE_INVALID'),
      );
    }
});

test('a truncated proof, trailing junk and a doubled node are refused', () => {
  for (const each of good) {
    assert.throws(
      () => verifyTrieProof({ ...each, proof: [...each.proof, '0xc0'] }),
      withCode('TRIE_PROOF_EXTRA'),
    );
    assert.throws(
      () => verifyTrieProof({ ...each, proof: [each.proof[0]!, ...each.proof] }),
      withCode('TRIE_NODE_HASH', 'TRIE_PROOF_EXTRA'),
    );
    assert.throws(() => verifyTrieProof({ ...each, proof: [] }), withCode('TRIE_PROOF_SHORT'));
  }
});

test('the empty trie proves absence by no node or by the empty one', () => {
  assert.equal(verifyTrieProof({ root: EMPTY_TRIE_ROOT, key: '0x01', proof: [] }), null);
  assert.equal(verifyTrieProof({ root: EMPTY_TRIE_ROOT, key: '0x01', proof: ['0x80'] }), null);
  assert.throws(
    () => verifyTrieProof({ root: EMPTY_TRIE_ROOT, key: '0x01', proof: ['0xc0'] }),
    withCode('TRIE_PROOF_EXTRA'),
  );
});

test('malformed nodes are refused although their hash is right', () => {
  const nodes: [string, Hex][] = [
    ['path flag 4', toRlp(['0x40ff', '0x01'])],
    ['even path with a low nibble', toRlp(['0x21ff', '0x01'])],
    ['empty path', toRlp(['0x', '0x01'])],
    ['leaf without value', toRlp([encodePath([1, 2], true), '0x'])],
    ['leaf whose value is a list', toRlp([encodePath([1, 2], true), ['0x01']])],
    ['extension of nothing', toRlp([encodePath([], false), keccak256('0x01')])],
    ['extension to nowhere', toRlp([encodePath([1], false), '0x'])],
    ['short reference', toRlp([encodePath([1], false), '0x0102'])],
    ['three parts', toRlp(['0x20', '0x01', '0x02'])],
    ['trailing bytes', `${toRlp([encodePath([1, 2], true), '0x05'])}00`],
    ['a string', toRlp('0x1234')],
    ['embedded node of 32 bytes', toRlp([encodePath([1], false), [encodePath([2], true), keccak256('0x')]])],
  ];
  for (const [name, node] of nodes)
    assert.throws(
      () => verifyTrieProof({ root: keccak256(node), key: '0x12', proof: [node] }),
      withCode('TRIE_NODE_INVALID'),
      name,
    );
});

test('ordered tries of every size: root, inclusion, absence behind the end', () => {
  const random = seededRandom(42);
  for (const size of [1, 2, 3, 16, 17, 127, 128, 129, 130, 256, 300]) {
    const values = Array.from(
      { length: size },
      (_, index) => `0x${(index + 1).toString(16).padStart(2 * (1 + random(60)), '0')}` as Hex,
    ).map((value) => (value.length % 2 ? (`0x0${value.slice(2)}` as Hex) : value));
    const root = orderedTrieRoot(values);
    for (let round = 0; round < 40; round++) {
      const index = random(size);
      const proof = orderedTrieProof(values, index);
      assert.equal(verifyTrieProof({ root, key: orderedTrieKey(index), proof }), values[index]);
    }
    assert.equal(
      verifyTrieProof({ root, key: orderedTrieKey(size), proof: orderedTrieProof(values, size) }),
      null,
    );
  }
  assert.equal(orderedTrieRoot([]), EMPTY_TRIE_ROOT);
});

test('paths survive the hex-prefix encoding', () => {
  assert.equal(encodePath([1, 2, 3], false), '0x1123');
  assert.equal(encodePath(nibbles(Uint8Array.of(0x12)), true), '0x2012');
  assert.equal(encodePath([], true), '0x20');
  assert.deepEqual(fromRlp(toRlp([encodePath([15], true), '0x01']), 'hex'), ['0x3f', '0x01']);
});
