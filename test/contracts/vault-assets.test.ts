import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { type Abi, encodeFunctionData } from 'viem';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import {
  BridgeChains,
  type BridgedAsset,
  depositHash,
  holder,
  MATURITY,
  other,
  owner,
  testToken,
} from './bridge-chains.ts';
import { type Contract, refused } from './support.ts';

let chains: BridgeChains;
let plain: BridgedAsset;
let fresh: Awaited<ReturnType<BridgeChains['snapshot']>>;

before(async () => {
  chains = await BridgeChains.open();
  plain = await chains.addPlainAsset(18);
  fresh = await chains.snapshot();
});

beforeEach(() => chains.revert(fresh));

/** A token of ill behaviour, opened for deposits; the one on the execution chain is ordinary. */
async function oddAsset(name: 'FeeToken' | 'IdleToken' | 'HookToken'): Promise<Contract<Abi>> {
  const { abi, bytecode } = testToken(name);
  const ordinary = testToken('PlainToken');
  const contract = await chains.mainchain.deploy(abi, bytecode, []);
  await chains.addAsset(contract, await chains.execution.deploy(ordinary.abi, ordinary.bytecode, [18]));
  return contract;
}

const deposit = (asset: Contract<Abi>, amount = 1_000n) =>
  chains.mainchain.send(holder, chains.vault, 'deposit', [asset.address, amount, holder.address]);

test('two assets of different decimals: deposits, withdrawals and accounts are kept apart', async () => {
  const wei = 10n ** 18n;
  await chains.mainchain.send(owner, plain.underlying, 'mint', [holder.address, 5n * wei]);
  await chains.deposit(600_000n);
  await chains.deposit(5n * wei, holder.address, plain);
  const dollars = await chains.withdraw(100_000n, other.address);
  const coins = await chains.withdraw(2n * wei, other.address, plain);
  const index = await chains.anchor();
  await chains.proveBoth(dollars, index);
  await chains.prove(coins, index);
  chains.mainchain.timestamp += MATURITY;
  // The lock state of one asset pays nothing of the other.
  await refused(chains.finalize(coins), 'LockStateNotProven');
  await chains.proveLockState(index, plain);
  await chains.finalize(coins);
  await chains.finalize(dollars);
  await refused(chains.finalize(coins), 'WithdrawalAlreadyFinalized');
  assert.equal(await chains.paidTo(other.address), 100_000n);
  assert.equal(await chains.paidTo(other.address, plain), 2n * wei);
  const accounts = (asset: BridgedAsset) =>
    chains.mainchain.read(chains.vault, 'accounts', [asset.underlying.address]);
  assert.deepEqual(await accounts(chains.assets[0]!), [true, 600_000n, 100_000n, 0n, 0n]);
  assert.deepEqual(await accounts(plain), [true, 5n * wei, 2n * wei, 0n, 0n]);
});

test('a token that keeps a fee, or moves nothing, is not taken in', async () => {
  assert.deepEqual(await refused(deposit(await oddAsset('FeeToken')), 'TransferInexact'), [990n, 1_000n]);
  assert.deepEqual(await refused(deposit(await oddAsset('IdleToken')), 'TransferInexact'), [0n, 1_000n]);
});

test('a token that calls back while it is taken in finds the Vault shut', async () => {
  const hook = await oddAsset('HookToken');
  const asset = chains.assets.at(-1)!;
  await chains.deposit(1_000n, holder.address, asset);
  const withdrawal = await chains.withdraw(400n, other.address, asset);
  await chains.proveBoth(withdrawal, await chains.anchor(), asset);
  chains.mainchain.timestamp += MATURITY;
  const shut = '0x3ee5aeb5'; // ReentrancyGuardReentrantCall()
  const setHook = (data: `0x${string}`) =>
    chains.mainchain.send(holder, hook, 'setHook', [chains.vault.address, data]);
  const refusal = () => chains.mainchain.read(hook, 'refusal', []);
  await setHook(
    encodeFunctionData({ abi: vaultAbi, functionName: 'deposit', args: [hook.address, 1n, other.address] }),
  );
  await deposit(hook);
  assert.equal(await refusal(), shut);
  const again = encodeFunctionData({
    abi: vaultAbi,
    functionName: 'finalizeWithdrawalTransaction',
    args: [withdrawal],
  });
  await setHook(again);
  await deposit(hook);
  assert.equal(await refusal(), shut);
  await setHook(again);
  await chains.finalize(withdrawal);
  assert.equal(await refusal(), shut);
  assert.equal(await chains.paidTo(other.address, asset), 400n);
});

test('a gift while it is taken in does not count as deposited', async () => {
  const hook = await oddAsset('HookToken');
  const gift = encodeFunctionData({
    abi: hook.abi,
    functionName: 'mint',
    args: [chains.vault.address, 7n],
  });
  await chains.mainchain.send(holder, hook, 'setHook', [hook.address, gift]);
  assert.deepEqual(await refused(deposit(hook), 'TransferInexact'), [1_007n, 1_000n]);
});

test('what is sent to the Vault without a deposit is paid to nobody', async () => {
  await chains.deposit(1_000n);
  await chains.mainchain.send(holder, chains.dollar, 'transfer', [chains.vault.address, 500n]);
  const forged = await chains.forgeWithdrawal(500n, other.address);
  await chains.proveBoth(forged, await chains.anchor());
  chains.mainchain.timestamp += MATURITY;
  assert.deepEqual(await refused(chains.finalize(forged), 'ClaimsNotCovered'), [500n, 1_000n]);
});

test('where tokens vanished from the Vault, what is left is kept for those with a claim', async () => {
  await chains.deposit(1_000n, holder.address, plain);
  const withdrawal = await chains.withdraw(400n, other.address, plain);
  await chains.proveBoth(withdrawal, await chains.anchor(), plain);
  chains.mainchain.timestamp += MATURITY;
  await chains.mainchain.send(owner, plain.underlying, 'burn', [chains.vault.address, 1n]);
  assert.deepEqual(await refused(chains.finalize(withdrawal), 'ClaimsNotCovered'), [599n, 600n]);
});

test('amounts that could not be counted are refused, also in sum', async () => {
  const limit = 2n ** 120n - 1n;
  await chains.mainchain.send(owner, plain.underlying, 'mint', [holder.address, limit]);
  const put = (amount: bigint) => deposit(plain.underlying as unknown as Contract<Abi>, amount);
  await refused(put(0n), 'AmountInvalid');
  await refused(put(limit + 1n), 'AmountInvalid');
  await put(limit - 5n);
  await refused(put(6n), 'AmountInvalid');
  await put(5n);
  assert.equal(
    await chains.mainchain.read(chains.vault, 'depositHashes', [2n]),
    depositHash(plain.underlying.address, holder.address, 5n),
  );
  await refused(
    chains.mainchain.send(holder, chains.vault, 'deposit', [
      chains.dollar.address,
      1n,
      '0x0000000000000000000000000000000000000000',
    ]),
    'RecipientMissing',
  );
});
