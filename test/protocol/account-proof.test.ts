import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, type Hex, keccak256 } from 'viem';
import {
  type Account,
  EMPTY_ACCOUNT,
  parseEip1186,
  verifyAccountProof,
  verifyStorageProof,
} from '../../src/protocol/account-proof.ts';
import { headerHash } from '../../src/protocol/header.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import { flipBit, seededRandom, vector, vectorText, withCode } from './vectors.ts';

interface Answer {
  address: Address;
  balance: Hex;
  nonce: Hex;
  codeHash: Hex;
  storageHash: Hex;
  accountProof: Hex[];
  storageProof: { key: Hex; value: Hex; proof: Hex[] }[];
}

const block = vector<Record<string, Hex>>('mainnet-block-21925176/block.json');
const proof = vector<Answer>('mainnet-block-21925176/proof.json');
const { account, code } = vector<{
  account: { nonce: Hex; balance: Hex; storageRoot: Hex; codeHash: Hex };
  code: Hex;
}>('mainnet-block-21925176/account.json');

test('mainnet block 21925176: header hash, account and storage', () => {
  const header = headerFromRpc(block);
  assert.equal(headerHash(header), block.hash);
  const parsed = parseEip1186(
    proof,
    proof.storageProof.map((entry) => entry.key),
  );
  const proven = verifyAccountProof({
    stateRoot: header.stateRoot,
    address: proof.address,
    proof: parsed.accountProof,
  });
  assert.deepEqual(proven, {
    nonce: BigInt(account.nonce),
    balance: BigInt(account.balance),
    storageRoot: account.storageRoot,
    codeHash: account.codeHash,
  });
  assert.equal(keccak256(code), proven.codeHash);
  assert.ok(proof.storageProof.length > 0);
  proof.storageProof.forEach(({ key, value }, index) => {
    const word = verifyStorageProof({
      storageRoot: proven.storageRoot,
      slot: key,
      proof: parsed.storageProofs[index]!,
    });
    assert.equal(word, BigInt(value));
  });
});

test('every field of the header counts towards its hash', () => {
  const header = headerFromRpc(block);
  const fields = Object.entries(header);
  assert.equal(fields.length, 20);
  for (const [field, value] of fields) {
    const altered = typeof value === 'bigint' ? value + 1n : flipBit(value as Hex, 5);
    assert.notEqual(headerHash({ ...header, [field]: altered }), block.hash, field);
  }
});

test('the JSON hash is not believed', () => {
  assert.equal(headerHash(headerFromRpc({ ...block, hash: keccak256('0x') })), block.hash);
  assert.throws(() => headerFromRpc({ ...block, withdrawalsRoot: undefined }), withCode('PARSE_INVALID'));
  assert.throws(() => headerFromRpc({ ...block, stateRoot: '0x12' }), withCode('PARSE_INVALID'));
  assert.throws(() => headerFromRpc(null), withCode('PARSE_INVALID'));
});

for (const file of ['get-account-proof-latest', 'get-account-proof-with-storage']) {
  test(`geth's ${file}`, () => {
    const lines = vectorText(`eip1186/${file}.io`).split('\n');
    const request = JSON.parse(lines.find((line) => line.startsWith('>>'))!.slice(3)) as {
      params: [Address, Hex[], string];
    };
    const { result } = JSON.parse(lines.find((line) => line.startsWith('<<'))!.slice(3)) as {
      result: Answer;
    };
    const [address, slots] = request.params;
    const { accountProof, storageProofs } = parseEip1186(result, slots);
    const stateRoot = keccak256(result.accountProof[0]!);
    const proven: Account = verifyAccountProof({ stateRoot, address, proof: accountProof });
    assert.equal(proven.balance, BigInt(result.balance));
    assert.equal(proven.nonce, BigInt(result.nonce));
    assert.equal(proven.codeHash, result.codeHash);
    assert.equal(proven.storageRoot, result.storageHash);
    slots.forEach((slot, index) =>
      assert.equal(
        verifyStorageProof({ storageRoot: proven.storageRoot, slot, proof: storageProofs[index]! }),
        BigInt(result.storageProof[index]!.value),
      ),
    );
    const refused = (change: { address?: Address; proof?: Hex[] }, ...codes: string[]) =>
      assert.throws(
        () => verifyAccountProof({ stateRoot, address, proof: accountProof, ...change }),
        withCode(...codes),
      );
    accountProof.forEach((proofNode, at) =>
      refused({ proof: accountProof.with(at, flipBit(proofNode, 11)) }, 'TRIE_NODE_HASH'),
    );
    refused({ proof: accountProof.slice(0, -1) }, 'TRIE_PROOF_SHORT');
    refused({ proof: [...accountProof, '0x80'] }, 'TRIE_PROOF_EXTRA');
    refused({ address: '0x00000000219ab540356cbb839cbe05303d7705fb' }, 'TRIE_OTHER_KEY');
    slots.forEach((slot, index) => {
      const proof = storageProofs[index]!;
      for (const changed of proof.map((proofNode, at) => proof.with(at, flipBit(proofNode, 11))))
        assert.throws(
          () => verifyStorageProof({ storageRoot: proven.storageRoot, slot, proof: changed }),
          withCode('TRIE_NODE_HASH'),
        );
    });
  });
}

const stateRoot = block.stateRoot!;
const slot = proof.storageProof[0]!.key;

test('storage keys are compared as numbers, however the client spells them', () => {
  const number = BigInt(slot);
  for (const spelling of [
    `0x${number.toString(16)}`,
    `0x${number.toString(16).padStart(64, '0')}`,
    `0x${number.toString(16).toUpperCase()}`,
  ]) {
    const answer = { ...proof, storageProof: [{ ...proof.storageProof[0]!, key: spelling }] };
    assert.deepEqual(parseEip1186(answer, [slot]).storageProofs[0], proof.storageProof[0]!.proof);
  }
  assert.throws(() => parseEip1186({ ...proof, storageProof: [] }, [slot]), withCode('PROOF_KEY_MISSING'));
});

test("another account's proof proves nothing about this one", () => {
  const other: Address = '0x00000000219ab540356cbb839cbe05303d7705fb';
  assert.throws(
    () => verifyAccountProof({ stateRoot, address: other, proof: proof.accountProof }),
    withCode('TRIE_OTHER_KEY'),
  );
});

test("another slot's proof proves nothing about this one", () => {
  for (let offset = 1n; offset < 20n; offset++)
    assert.throws(
      () =>
        verifyStorageProof({
          storageRoot: account.storageRoot,
          slot: `0x${(BigInt(slot) + offset).toString(16).padStart(64, '0')}`,
          proof: proof.storageProof[0]!.proof,
        }),
      withCode('TRIE_OTHER_KEY'),
    );
});

test('a proof under another state root is refused', () => {
  assert.throws(
    () =>
      verifyAccountProof({ stateRoot: block.parentHash!, address: proof.address, proof: proof.accountProof }),
    withCode('TRIE_NODE_HASH'),
  );
});

test('flipped bits and missing or repeated nodes are refused', () => {
  const random = seededRandom(3);
  const request = { stateRoot, address: proof.address };
  for (let round = 0; round < 300; round++) {
    const at = random(proof.accountProof.length);
    const node = proof.accountProof[at]!;
    const altered = proof.accountProof.with(at, flipBit(node, random((node.length - 2) * 4)));
    assert.throws(() => verifyAccountProof({ ...request, proof: altered }), withCode('TRIE_NODE_HASH'));
    assert.throws(
      () => verifyAccountProof({ ...request, proof: proof.accountProof.toSpliced(at, 1) }),
      withCode('TRIE_NODE_HASH', 'TRIE_PROOF_SHORT'),
    );
    assert.throws(
      () => verifyAccountProof({ ...request, proof: proof.accountProof.toSpliced(at, 0, node) }),
      withCode('TRIE_NODE_HASH', 'TRIE_PROOF_EXTRA'),
    );
  }
});

test('absence is an account of its own, never a guess', () => {
  const empty = verifyAccountProof({
    stateRoot: EMPTY_ACCOUNT.storageRoot,
    address: proof.address,
    proof: [],
  });
  assert.equal(empty, EMPTY_ACCOUNT);
});
