import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { keccak256 } from 'viem';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { BridgeChains, type BridgedAsset, ESCAPE, holder, MATURITY, other, owner } from './bridge-chains.ts';
import { account, event, refused } from './support.ts';

/** OpenZeppelin's words for a key that is not in the trie: which one depends on where the path ends. */
const ABSENT = ['RLPInvalidEncoding', 'TrieProofTraversalError'];

let chains: BridgeChains;
let another: BridgedAsset;
let fresh: Awaited<ReturnType<BridgeChains['snapshot']>>;

before(async () => {
  chains = await BridgeChains.open();
  another = await chains.addDollar();
  await chains.deposit(10_000n);
  await chains.deposit(3_000n, other.address);
  fresh = await chains.snapshot();
});

beforeEach(() => chains.revert(fresh));

const stop = () => {
  chains.mainchain.timestamp += ESCAPE;
};
const held = (asset?: BridgedAsset) => chains.paidTo(chains.vault.address, asset);

test('when anchors stop, holders leave by their last proven balance, once, and the bridge stays shut', async () => {
  const pending = await chains.withdraw(2_000n);
  const index = await chains.anchor();
  await chains.proveBoth(pending, index);
  await refused(chains.escape(index, holder.address), 'ChainStillAnchors');
  stop();
  const before = await chains.paidTo(holder.address);
  const sent = await chains.escape(index, holder.address);
  assert.equal(event(sent, vaultAbi, 'EscapeOpened').l2OutputIndex, index);
  await refused(chains.escape(index, holder.address), 'AlreadyEscaped');
  assert.equal(await chains.paidTo(holder.address), before + 8_000n);
  await refused(chains.escape(index, owner.address), ABSENT);
  await refused(chains.depositUnrelayed(1n), 'ChainHasEscaped');
  // What was withdrawn before the chain stopped is still paid; the last holder finds its money.
  await chains.finalize(pending);
  await chains.escape(index, other.address);
  assert.equal(await held(), 0n);
});

test('who left by its balance is not paid a withdrawal of the same money, nor the reverse', async () => {
  const index = await chains.anchor();
  await chains.proveLockState(index);
  // Withdrawn after the last anchor that counts: the balance under it still holds this money.
  const after = await chains.withdraw(10_000n);
  stop();
  await chains.escape(index, holder.address);
  const late = await chains.anchor();
  assert.equal(late, index + 1n);
  await refused(chains.prove(after, late), 'OutputAfterEscape');
  await refused(chains.proveLockState(late), 'OutputAfterEscape');
  await refused(chains.finalize(after), 'WithdrawalNotProven');
  await refused(
    chains.mainchain.send(other, chains.vault, 'finalizeWithdrawalUnder', [after, index]),
    'WithdrawalNotProven',
  );
  // Not even if the chain moves the balance to a second account and anchors that.
  const fresher = account('fresher');
  await chains.execution.send(other, chains.executionDollar, 'transfer', [fresher.address, 3_000n]);
  const later = await chains.anchor();
  await refused(chains.escape(later, fresher.address), 'OutputRootMismatch');
});

test('a withdrawal proven under a root that the escape then left behind is not paid', async () => {
  const first = await chains.anchor();
  await chains.proveLockState(first);
  stop();
  // The chain anchors again in time: nobody may leave by the old root, and the new one counts.
  const withdrawal = await chains.withdraw(10_000n);
  const second = await chains.anchor();
  await chains.proveBoth(withdrawal, second);
  await refused(chains.escape(first, holder.address), 'ChainStillAnchors');
  stop();
  await refused(chains.escape(first, holder.address), 'OutputRootMismatch');
  await refused(chains.escape(second, holder.address), ABSENT);
  await chains.finalize(withdrawal);
  await chains.escape(second, other.address);
  assert.equal(await held(), 0n);
});

test('an escape needs the lock state, and proofs of that account, token and asset', async () => {
  await chains.deposit(500n, holder.address, another);
  const index = await chains.anchor();
  stop();
  await refused(chains.escape(index, holder.address), 'LockStateNotProven');
  await chains.proveLockState(index);
  await chains.proveLockState(index, another);
  const [asset, who, proof] = await chains.escapeArgs(index, holder.address);
  const [, , anotherProof] = await chains.escapeArgs(index, holder.address, another);
  const [, , otherProof] = await chains.escapeArgs(index, other.address);
  const submit = (change: object, holderOf = who, of = asset) =>
    chains.mainchain.send(other, chains.vault, 'escape', [of, holderOf, { ...proof, ...change }]);
  await refused(submit({ balance: otherProof.balance }), ABSENT);
  await refused(submit({}, other.address), ABSENT);
  await refused(submit({}, who, another.underlying.address), ABSENT);
  await refused(submit({ tokenOf: anotherProof.tokenOf }), ABSENT);
  await refused(submit({ tokenAccount: anotherProof.tokenAccount }), ABSENT);
  await refused(submit({ tokenAccount: anotherProof.tokenAccount, balance: anotherProof.balance }), ABSENT);
  await refused(
    submit({ outputRootProof: { ...proof.outputRootProof, stateRoot: keccak256('0x') } }),
    'OutputRootMismatch',
  );
  await refused(submit({ balance: [...proof.balance, proof.balance.at(-1)!] }), ABSENT);
  await refused(submit({ balance: proof.balance.slice(0, -1) }), ABSENT);
  await submit({});
});

test('assets are left one by one, each from its own', async () => {
  await chains.deposit(500n, holder.address, another);
  const index = await chains.anchor();
  await chains.proveLockState(index);
  await chains.proveLockState(index, another);
  stop();
  await chains.escape(index, holder.address, another);
  assert.equal(await held(another), 0n);
  assert.equal(await held(), 13_000n);
  await chains.escape(index, holder.address);
  await chains.escape(index, other.address);
  assert.equal(await held(), 0n);
});

test('a deposit that the chain never credited goes back to whom it came from, once', async () => {
  const lost = await chains.depositUnrelayed(700n, other.address);
  const index = await chains.anchor();
  // Made after the chain had stopped: it is not credited either.
  stop();
  const late = await chains.depositUnrelayed(50n, other.address);
  await refused(chains.reclaim(lost, 700n, index), 'LockStateNotProven');
  await chains.proveLockState(index);
  await refused(chains.reclaim(lost, 701n, index), 'DepositUnknown');
  await refused(chains.reclaim(late + 1n, 50n, index), 'DepositUnknown');
  await refused(chains.reclaim(lost, 700n, index, another), 'DepositUnknown');
  assert.deepEqual(await refused(chains.reclaim(1n, 10_000n, index), 'DepositWasRelayed'), [1n, lost]);
  const before = await chains.paidTo(holder.address);
  await chains.reclaim(lost, 700n, index);
  await refused(chains.reclaim(lost, 700n, index), 'DepositUnknown');
  await chains.reclaim(late, 50n, index);
  assert.equal(await chains.paidTo(holder.address), before + 750n);
  await chains.escape(index, holder.address);
  await chains.escape(index, other.address);
  assert.equal(await held(), 0n);
});

test('a deposit is not reclaimed while the chain anchors, nor by the root of a later credit', async () => {
  const id = await chains.depositUnrelayed(700n, other.address);
  const index = await chains.anchor();
  await chains.proveLockState(index);
  await refused(chains.reclaim(id, 700n, index), 'ChainStillAnchors');
  await chains.relay(id, 700n, other.address);
  const next = await chains.anchor();
  await chains.proveLockState(next);
  stop();
  await refused(chains.reclaim(id, 700n, index), 'OutputRootMismatch');
  await refused(chains.reclaim(id, 700n, next), 'DepositWasRelayed');
  await chains.escape(next, other.address);
  assert.equal(await held(), 10_000n);
});

test('where the chain claims more than is there, everybody leaves with the same share, in any order', async () => {
  const thief = account('thief');
  await chains.relay(99n, 13_000n, thief.address); // a relayer that invents a deposit
  const index = await chains.anchor();
  await chains.proveLockState(index);
  stop();
  const before = await chains.paidTo(holder.address);
  await chains.escape(index, thief.address);
  await chains.escape(index, other.address);
  await chains.escape(index, holder.address);
  assert.equal(await chains.paidTo(thief.address), 6_500n);
  assert.equal(await chains.paidTo(other.address), 1_500n);
  assert.equal((await chains.paidTo(holder.address)) - before, 5_000n);
  assert.equal(await held(), 0n);
});

test('tokens that the Lockbox did not make take nothing beyond what the chain claims', async () => {
  await chains.deposit(1_000n, other.address, another);
  const forger = account('forger');
  await chains.execution.send(owner, another.token, 'mint', [forger.address, 5_000n]);
  await chains.execution.send(owner, another.token, 'mint', [holder.address, 400n]);
  const pending = await chains.withdraw(100n, other.address, another, other);
  const index = await chains.anchor();
  await chains.proveBoth(pending, index, another);
  stop();
  await refused(chains.escape(index, forger.address, another), 'ClaimsNotCovered');
  await chains.escape(index, holder.address, another);
  assert.deepEqual(await refused(chains.escape(index, other.address, another), 'ClaimsNotCovered'), [
    900n,
    1_300n,
  ]);
  // Money that was withdrawn is not touched by those who leave.
  await chains.finalize(pending);
  assert.equal(await chains.paidTo(other.address, another), 100n);
});

test('withdrawals and escapes after one another sum up to what was deposited', async () => {
  const first = await chains.withdraw(1_000n);
  await chains.proveBoth(first, await chains.anchor());
  const second = await chains.withdraw(500n, other.address, chains.assets[0], other);
  const index = await chains.anchor();
  await chains.proveBoth(second, index);
  chains.mainchain.timestamp += MATURITY;
  await chains.finalize(second);
  stop();
  await chains.escape(index, holder.address);
  await chains.finalize(first);
  await chains.escape(index, other.address);
  assert.equal(await held(), 0n);
  assert.deepEqual(await chains.mainchain.read(chains.vault, 'accounts', [chains.dollar.address]), [
    true,
    13_000n,
    1_500n,
    11_500n,
    0n,
  ]);
});
