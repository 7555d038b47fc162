import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { type Abi, type Hex, size, stringToHex } from 'viem';
import { compile } from '../../src/contracts/compile.ts';
import { dateNumber } from '../../src/protocol/zkid.ts';
import { flipBit, seededRandom } from '../protocol/vectors.ts';
import { type Contract, Reverted, TestChain } from './support.ts';

interface TrieVector {
  name: string;
  root: Hex;
  key: Hex;
  value: Hex | null;
  proof: Hex[];
  expectRevert: string | null;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../shared/vectors/mpt/merkletrie.json', import.meta.url), 'utf8'),
) as TrieVector[];

let chain: TestChain;
let harness: Contract<Abi>;

before(async () => {
  chain = await TestChain.open(31177);
  const { abi, bytecode } = compile(['test/contracts/LibraryHarness.sol']).LibraryHarness!;
  harness = await chain.deploy(abi as Abi, bytecode, []);
});

test('there are ten good and eleven bad trie proofs', () => {
  assert.equal(vectors.filter((vector) => vector.expectRevert === null).length, 10);
  assert.equal(vectors.filter((vector) => vector.expectRevert !== null).length, 11);
});

for (const { name, root, key, value, proof, expectRevert } of vectors)
  test(`merkletrie ${name}`, async () => {
    const answer = chain.read(harness, 'traverse', [root, key, proof]);
    if (expectRevert === null) assert.equal(await answer, value);
    else await assert.rejects(answer, Reverted);
  });

test('no valid trie proof holds with a bit flipped, a node missing, doubled or added', async () => {
  const random = seededRandom(7);
  for (const { root, key, proof } of vectors.filter(({ expectRevert }) => expectRevert === null)) {
    const refused = (bent: Hex[]) =>
      assert.rejects(chain.read(harness, 'traverse', [root, key, bent]), Reverted);
    for (let round = 0; round < 12; round++) {
      const at = random(proof.length);
      await refused(proof.with(at, flipBit(proof[at]!, random(size(proof[at]!) * 8))));
    }
    await refused([...proof, '0xc0']);
    await refused([proof[0]!, ...proof]);
    await refused([...proof, proof.at(-1)!]);
    await refused([]);
  }
});

/** RFC 9380 appendix J.9.1, BLS12381G1_XMD:SHA-256_SSWU_RO_: message, x, y of P. */
const HASH_TO_CURVE = [
  [
    '',
    '052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1',
    '08ba738453bfed09cb546dbb0783dbb3a5f1f566ed67bb6be0e8c67e2e81a4cc68ee29813bb7994998f3eae0c9c6a265',
  ],
  [
    'abc',
    '03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903',
    '0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d',
  ],
] as const;

for (const [message, x, y] of HASH_TO_CURVE)
  test(`RFC 9380: "${message}" hashes to its point`, async () => {
    const dst = stringToHex('QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_');
    const pad = '0'.repeat(32);
    assert.equal(
      await chain.read(harness, 'hashToG1', [stringToHex(message), dst]),
      `0x${pad}${x}${pad}${y}`,
    );
  });

test('dates agree with the calendar, leap days and the ends of months included', async () => {
  const days = [
    '1970-01-01',
    '2000-02-29',
    '2024-02-29',
    '2026-11-24',
    '2026-12-31',
    '2027-01-01',
    '2100-03-01',
  ];
  for (const day of days)
    for (const time of ['00:00:00Z', '23:59:59Z']) {
      const timestamp = BigInt(Date.parse(`${day}T${time}`) / 1000);
      assert.equal(await chain.read(harness, 'dateOf', [timestamp]), BigInt(dateNumber(timestamp)), day);
    }
});
