import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import { verifyStorageProof } from '../../src/protocol/account-proof.ts';
import { outputRoot, type OutputRootProof } from '../../src/protocol/output-root.ts';
import { withdrawalHash, withdrawalSlot } from '../../src/protocol/withdrawal.ts';
import { flipBit, vector, withCode } from './vectors.ts';

interface Vector extends OutputRootProof {
  outputRoot?: Hex;
  withdrawalHash: Hex;
  withdrawalProof: Hex[];
  withdrawal?: Record<string, string>;
}
const vectors = vector<Vector[]>('op-stack/output-roots.json');

for (const each of vectors)
  test(`OP mainnet withdrawal ${each.withdrawalHash.slice(0, 10)}: sent, under its output root`, () => {
    if (each.outputRoot) assert.equal(outputRoot(each), each.outputRoot);
    const request = {
      storageRoot: each.messagePasserStorageRoot,
      slot: withdrawalSlot(each.withdrawalHash),
      proof: each.withdrawalProof,
    };
    assert.equal(verifyStorageProof(request), 1n);
    assert.throws(
      () => verifyStorageProof({ ...request, slot: withdrawalSlot(flipBit(each.withdrawalHash, 1)) }),
      withCode('TRIE_OTHER_KEY'),
    );
    for (const field of ['stateRoot', 'messagePasserStorageRoot', 'latestBlockhash'] as const)
      assert.notEqual(outputRoot({ ...each, [field]: flipBit(each[field], 9) }), outputRoot(each));
  });

test('a withdrawal hash covers every field', () => {
  const withdrawal = {
    nonce: 1n,
    sender: '0x00000000000000000000000000000000000000aa',
    target: '0x00000000000000000000000000000000000000bb',
    value: 2n,
    gasLimit: 3n,
    data: '0x04',
  } as const;
  const hash = withdrawalHash(withdrawal);
  for (const change of [
    { nonce: 2n },
    { value: 3n },
    { gasLimit: 4n },
    { data: '0x05' },
    { target: withdrawal.sender },
  ] as const)
    assert.notEqual(withdrawalHash({ ...withdrawal, ...change }), hash);
});
