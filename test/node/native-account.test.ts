import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hex, keccak256, type TransactionSerializable } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { nativeAccount } from '../../src/node/keys/native-account.ts';
import { testKey } from './chain-fixture.ts';

test('the native account signs byte for byte what viem signs', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const key = testKey(`native ${seed}`);
    const [ours, viem] = [nativeAccount(key), privateKeyToAccount(key)];
    assert.equal(ours.address, viem.address);
    const hash = keccak256(key);
    assert.equal(await ours.sign({ hash }), await viem.sign({ hash }));
    assert.equal(await ours.signMessage({ message: key }), await viem.signMessage({ message: key }));
    const common = { chainId: 31178, nonce: seed, to: viem.address, value: 1n, gas: 21_000n };
    const fees = { maxFeePerGas: 3n, maxPriorityFeePerGas: 1n };
    const data: Hex = `0x${'ab'.repeat(seed)}`;
    const transactions: TransactionSerializable[] = [
      { ...common, data, type: 'eip1559', ...fees },
      { ...common, data, type: 'eip2930', gasPrice: 7n, accessList: [] },
      { ...common, data, type: 'legacy', gasPrice: 7n },
    ];
    for (const transaction of transactions)
      assert.equal(await ours.signTransaction(transaction), await viem.signTransaction(transaction));
  }
});
