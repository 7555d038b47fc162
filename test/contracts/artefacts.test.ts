import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFunctionSelector } from 'viem';
import { hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxSlots } from '../../src/contracts/abi/Lockbox.ts';
import { build } from '../../src/contracts/compile.ts';

test('the committed artefacts are what the sources compile to', () => {
  assert.deepEqual(build({ check: true }), []);
});

test('the storage that proofs rely on stands where the OP Stack and the Vault look for it', () => {
  assert.equal(lockboxSlots.sentMessages, 0n);
  assert.equal(lockboxSlots.msgNonce, 1n);
  assert.equal(lockboxSlots.lockStates, 4n);
  assert.equal(lockboxSlots.tokenOf, 5n);
  assert.equal(hongKongDollarSlots.balances, 0n);
});

test("the token's interface is ERC-7943's to the last selector", () => {
  const interfaceId = [
    'forcedTransfer(address,address,uint256)',
    'setFrozenTokens(address,uint256)',
    'canSend(address)',
    'canReceive(address)',
    'getFrozenTokens(address)',
    'canTransfer(address,address,uint256)',
  ].reduce((id, signature) => id ^ BigInt(toFunctionSelector(signature)), 0n);
  assert.equal(interfaceId, 0x3edbb4c4n);
});
