import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { vaultBytecode } from '../../src/contracts/bytecode/Vault.ts';
import {
  BridgeChains,
  ESCAPE,
  guardian,
  holder,
  LOCKBOX,
  MATURITY,
  MAX_PAUSE,
  other,
  owner,
  type Withdrawal,
} from './bridge-chains.ts';
import { event, refused } from './support.ts';

let chains: BridgeChains;
let fresh: Awaited<ReturnType<BridgeChains['snapshot']>>;

before(async () => {
  chains = await BridgeChains.open();
  await chains.deposit(10_000n);
  fresh = await chains.snapshot();
});

beforeEach(() => chains.revert(fresh));

const pause = (by = guardian) => chains.mainchain.send(by, chains.vault, 'pause', []);
const unpause = (by = guardian) => chains.mainchain.send(by, chains.vault, 'unpause', []);
const now = () => chains.mainchain.timestamp;

/** Initiated, anchored and proven with its lock state; returns when it matures. */
async function provenWithdrawal(amount: bigint): Promise<{ withdrawal: Withdrawal; maturesAt: bigint }> {
  const withdrawal = await chains.withdraw(amount, other.address);
  const index = await chains.anchor();
  await chains.prove(withdrawal, index);
  const maturesAt = now() + MATURITY;
  await chains.proveLockState(index);
  return { withdrawal, maturesAt };
}

/** The next transaction's block gets this time. */
function turnTo(timestamp: bigint): void {
  assert.ok(timestamp - 2n >= now(), 'the clock never goes back');
  chains.mainchain.timestamp = timestamp - 2n;
}

test('a pause stops deposits and payments, for its time only; proofs are taken all the while', async () => {
  const { withdrawal, maturesAt } = await provenWithdrawal(1_000n);
  const { until } = event(await pause(), vaultAbi, 'Paused');
  assert.equal(until, now() + MAX_PAUSE);
  assert.equal(await chains.mainchain.read(chains.vault, 'paused', []), true);
  await refused(chains.depositUnrelayed(5n), 'VaultPaused');
  turnTo(maturesAt);
  assert.deepEqual(await refused(chains.finalize(withdrawal), 'VaultPaused'), [until]);
  const another = await chains.withdraw(500n);
  await chains.proveBoth(another, await chains.anchor());
  turnTo(until as bigint);
  await chains.finalize(withdrawal);
  await chains.depositUnrelayed(5n);
  assert.equal(await chains.paidTo(other.address), 1_000n);
});

test('whatever the guardian does, what has matured is payable a fixed time later', async () => {
  // Paused from just before the maturity on, so that the pause reaches beyond the bound.
  const { withdrawal, maturesAt } = await provenWithdrawal(1_000n);
  turnTo(maturesAt);
  await pause();
  turnTo(maturesAt + MAX_PAUSE - 2n);
  assert.deepEqual(await refused(chains.finalize(withdrawal), 'VaultPaused'), [maturesAt + MAX_PAUSE]);
  turnTo(maturesAt + MAX_PAUSE);
  await chains.finalize(withdrawal);
});

test('no second pause within the time of one, not by ending the first early, nor by another guardian', async () => {
  await pause();
  const first = await chains.mainchain.read(chains.vault, 'pausedUntil', []);
  assert.deepEqual((await refused(pause(), 'PauseTooSoon'))[0], first + MAX_PAUSE);
  await unpause();
  const ended = now();
  await refused(unpause(), 'NotPaused');
  await chains.depositUnrelayed(5n);
  turnTo(ended + MAX_PAUSE - 1n);
  await refused(pause(), 'PauseTooSoon');
  await chains.mainchain.send(owner, chains.vault, 'setGuardian', [owner.address]);
  await refused(pause(), 'CallerNotGuardian');
  turnTo(ended + MAX_PAUSE + 10n);
  await pause(owner);
});

test('however often pauses are allowed, no withdrawal waits longer than the bound', async () => {
  for (let round = 0; round < 6; round++) {
    const { withdrawal, maturesAt } = await provenWithdrawal(100n);
    const ended = await chains.mainchain.read(chains.vault, 'pausedUntil', []);
    // As late as it hurts most: when the withdrawal matures, or when the cool-down allows it.
    const allowed = ended === 0n ? 0n : ended + MAX_PAUSE;
    turnTo([maturesAt, allowed, now() + 2n].reduce((a, b) => (a > b ? a : b)));
    await pause();
    const latest = maturesAt + MAX_PAUSE;
    if (latest > now() + 2n) turnTo(latest);
    await chains.finalize(withdrawal);
  }
  assert.equal(await chains.paidTo(other.address), 600n);
});

test('a pause holds back an escape no longer than any other payment', async () => {
  const index = await chains.anchor();
  const escapableAt = now() + ESCAPE;
  await chains.proveLockState(index);
  turnTo(escapableAt - 10n);
  await pause();
  turnTo(escapableAt + 1n);
  await refused(chains.escape(index, holder.address), 'VaultPaused');
  const before = await chains.paidTo(holder.address);
  turnTo(escapableAt + MAX_PAUSE - 10n);
  await chains.escape(index, holder.address);
  assert.equal(await chains.paidTo(holder.address), before + 10_000n);
});

test('only the guardian pauses, only the owner names it, and ownership changes in two steps', async () => {
  const { mainchain, vault } = chains;
  await refused(pause(owner), 'CallerNotGuardian');
  await refused(pause(other), 'CallerNotGuardian');
  await refused(unpause(other), 'CallerNotGuardian');
  await refused(
    mainchain.send(guardian, vault, 'setGuardian', [other.address]),
    'OwnableUnauthorizedAccount',
  );
  await refused(
    mainchain.send(guardian, vault, 'acceptAsset', [other.address, true]),
    'OwnableUnauthorizedAccount',
  );
  await mainchain.send(owner, vault, 'transferOwnership', [other.address]);
  assert.equal(await mainchain.read(vault, 'owner', []), owner.address);
  await mainchain.send(other, vault, 'acceptOwnership', []);
  await refused(mainchain.send(owner, vault, 'setGuardian', [other.address]), 'OwnableUnauthorizedAccount');
});

test("closing an asset stops its deposits and nothing else; the owner's calls move no tokens", async () => {
  const { withdrawal } = await provenWithdrawal(1_000n);
  const { mainchain, vault, dollar } = chains;
  await mainchain.send(owner, vault, 'acceptAsset', [dollar.address, false]);
  await mainchain.send(owner, vault, 'renounceOwnership', []);
  await refused(chains.depositUnrelayed(1n), 'AssetNotAccepted');
  chains.mainchain.timestamp += MATURITY;
  await chains.finalize(withdrawal);
  // Everything that changes state, by name: a new one has to be thought about here.
  const calls = vaultAbi.filter(
    (entry) => entry.type === 'function' && entry.stateMutability === 'nonpayable',
  );
  assert.deepEqual(calls.map((entry) => 'name' in entry && entry.name).toSorted(), [
    'acceptAsset',
    'acceptOwnership',
    'deposit',
    'escape',
    'finalizeWithdrawalTransaction',
    'finalizeWithdrawalUnder',
    'pause',
    'proveLockState',
    'proveWithdrawalTransaction',
    'reclaimDeposit',
    'renounceOwnership',
    'setGuardian',
    'transferOwnership',
    'unpause',
  ]);
});

test('delays that would make no sense are refused when the Vault is deployed', async () => {
  const deploy = (escape: bigint, maxPause: bigint) =>
    chains.mainchain.deploy(vaultAbi, vaultBytecode, [
      owner.address,
      guardian.address,
      chains.registry.address,
      LOCKBOX,
      escape,
      maxPause,
    ]);
  await refused(deploy(MATURITY, 1n), 'EscapeDelayTooShort');
  await refused(deploy(ESCAPE, ESCAPE + 1n), 'PauseTooLong');
  await deploy(ESCAPE, ESCAPE);
});
