import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Address, encodeFunctionData, type Hex, keccak256, zeroHash } from 'viem';
import {
  buildProveWithdrawal,
  getL2Output,
  getTimeToFinalize,
  getTimeToProve,
  getWithdrawalHashStorageSlot,
  getWithdrawalStatus,
} from 'viem/op-stack';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxSlots } from '../../src/contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { mappingSlot } from '../../src/protocol/anchor.ts';
import { BridgeChains, holder, LOCKBOX, MATURITY, other, relayer, type Withdrawal } from './bridge-chains.ts';
import { event, refused } from './support.ts';

/** OpenZeppelin's words for a key that is not in the trie: which one depends on where the path ends. */
const ABSENT = ['RLPInvalidEncoding', 'TrieProofTraversalError'];

let chains: BridgeChains;

beforeEach(async () => {
  chains = await BridgeChains.open();
});

const withdraw = (amount: bigint, to: Address = holder.address) => chains.withdraw(amount, to);

/** Proves by what viem's `buildProveWithdrawal` makes of the execution chain. */
async function prove(withdrawal: Withdrawal, outputIndex: bigint) {
  const args = await buildProveWithdrawal(chains.executionClient(), {
    withdrawal,
    output: {
      outputIndex,
      outputRoot: zeroHash,
      timestamp: 0n,
      l2BlockNumber: (await chains.mainchain.read(chains.registry, 'getL2Output', [outputIndex]))
        .l2BlockNumber,
    },
    chain: undefined,
  } as never);
  const { l2OutputIndex, outputRootProof, withdrawalProof } = args as unknown as {
    l2OutputIndex: bigint;
    outputRootProof: { version: Hex; stateRoot: Hex; messagePasserStorageRoot: Hex; latestBlockhash: Hex };
    withdrawalProof: Hex[];
  };
  return chains.mainchain.send(other, chains.vault, 'proveWithdrawalTransaction', [
    withdrawal,
    l2OutputIndex,
    outputRootProof,
    withdrawalProof,
  ]);
}

const proveLockState = (outputIndex: bigint) => chains.proveLockState(outputIndex);
const finalize = (withdrawal: Withdrawal) => chains.finalize(withdrawal);
const paidTo = (who: Address) => chains.paidTo(who);

test('a deposit is credited once, and only by the relayer', async () => {
  const { mainchain, execution, vault, dollar, executionDollar } = chains;
  const sent = await mainchain.send(holder, vault, 'deposit', [dollar.address, 500n, other.address]);
  assert.deepEqual(event(sent, vaultAbi, 'Deposited'), {
    id: 1n,
    asset: dollar.address,
    from: holder.address,
    to: other.address,
    amount: 500n,
  });
  await refused(
    execution.send(holder, chains.lockbox, 'relayDeposit', [1n, dollar.address, other.address, 500n]),
    'CallerNotAllowed',
  );
  await chains.relay(1n, 500n, other.address);
  await refused(chains.relay(1n, 500n, other.address), 'DepositAlreadyRelayed');
  assert.equal(await execution.read(executionDollar, 'balanceOf', [other.address]), 500n);
  assert.equal(await execution.read(chains.lockbox, 'claims', [dollar.address]), 500n);
  await refused(
    execution.send(relayer, chains.lockbox, 'relayDeposit', [2n, other.address, other.address, 1n]),
    'AssetUnknown',
  );
  await refused(
    mainchain.send(holder, vault, 'deposit', [other.address, 1n, holder.address]),
    'AssetNotAccepted',
  );
});

for (const scheme of ['bls', 'ecdsa'] as const)
  test(`a withdrawal goes from the Lockbox through an anchor (${scheme}) to the Vault, by the proofs that viem builds`, async () => {
    if (scheme === 'bls') chains = await BridgeChains.open(scheme);
    await chains.deposit(10_000n);
    const withdrawal = await withdraw(4_000n, other.address);
    assert.equal(
      await chains.mainchain.read(chains.vault, 'hashWithdrawal', [withdrawal]),
      withdrawal.withdrawalHash,
    );
    const index = await chains.anchor();
    const proven = await prove(withdrawal, index);
    const locked = await proveLockState(index);
    assert.deepEqual(event(locked, vaultAbi, 'LockStateProven').withdrawn, 4_000n);
    await refused(finalize(withdrawal), 'NotMatured');
    chains.mainchain.timestamp += MATURITY;
    const paid = await finalize(withdrawal);
    console.log(`prove ${proven.gas}, lock state ${locked.gas}, finalize ${paid.gas} gas`);
    assert.equal(await paidTo(other.address), 4_000n);
    assert.equal(
      await chains.mainchain.read(chains.vault, 'finalizedWithdrawals', [withdrawal.withdrawalHash]),
      true,
    );
    await refused(finalize(withdrawal), 'WithdrawalAlreadyFinalized');
  });

test("viem's status follows the withdrawal", async () => {
  await chains.deposit(10_000n);
  const withdrawal = await withdraw(1_000n);
  const client = chains.mainchainClient();
  const contracts = {
    portalAddress: chains.vault.address,
    l2OutputOracleAddress: chains.registry.address,
  };
  const status = () =>
    getWithdrawalStatus(client, {
      ...contracts,
      l2BlockNumber: chains.execution.blockNumber,
      sender: withdrawal.sender,
      withdrawalHash: withdrawal.withdrawalHash,
      chain: undefined,
    } as never);
  // The clock of viem is the wall's; the chain's stands at its side.
  chains.mainchain.timestamp = BigInt(Math.floor(Date.now() / 1000));
  await chains.deposit(1n);
  assert.equal(await status(), 'waiting-to-prove');
  const index = await chains.anchor();
  const output = await getL2Output(client, {
    ...contracts,
    l2BlockNumber: chains.execution.blockNumber,
  } as never);
  assert.equal(output.outputIndex, index);
  const receipt = { blockNumber: chains.execution.blockNumber } as never;
  assert.equal((await getTimeToProve(client, { ...contracts, receipt } as never)).seconds, 0);
  assert.equal(await status(), 'ready-to-prove');
  await prove(withdrawal, index);
  assert.equal(await status(), 'waiting-to-finalize');
  const { withdrawalHash } = withdrawal;
  const { period } = await getTimeToFinalize(client, { ...contracts, withdrawalHash } as never);
  assert.equal(period, Number(MATURITY));
  await proveLockState(index);
  chains.mainchain.timestamp += MATURITY;
  await finalize(withdrawal);
  assert.equal(await status(), 'finalized');
});

test('nothing is paid without the lock state under the same root', async () => {
  await chains.deposit(10_000n);
  const withdrawal = await withdraw(4_000n);
  const first = await chains.anchor();
  await prove(withdrawal, first);
  await chains.deposit(1n);
  await proveLockState(await chains.anchor());
  chains.mainchain.timestamp += MATURITY;
  await refused(finalize(withdrawal), 'LockStateNotProven');
});

test('a chain that claims more than was deposited is paid nothing', async () => {
  await chains.deposit(10_000n);
  await chains.relay(99n, 5_000n); // a relayer that invents a deposit
  const withdrawal = await withdraw(4_000n);
  const index = await chains.anchor();
  await prove(withdrawal, index);
  await proveLockState(index);
  chains.mainchain.timestamp += MATURITY;
  assert.deepEqual(await refused(finalize(withdrawal), 'ChainClaimsMore'), [15_000n, 10_000n]);
});

test('a withdrawal that was not initiated, was altered, or proves against another root is refused', async () => {
  await chains.deposit(10_000n);
  const withdrawal = await withdraw(4_000n);
  const index = await chains.anchor();
  const slot = getWithdrawalHashStorageSlot({ withdrawalHash: withdrawal.withdrawalHash });
  const { storageProof } = await chains.execution.proof(LOCKBOX, [slot]);
  const proof = storageProof[0]!.proof;
  const outputRootProof = await chains.outputRootProof();
  const data = encodeFunctionData({
    abi: hongKongDollarAbi,
    functionName: 'transfer',
    args: [holder.address, 9_000n],
  });
  const submit = (change: object, rootChange: object = {}) =>
    chains.mainchain.send(other, chains.vault, 'proveWithdrawalTransaction', [
      { ...withdrawal, ...change },
      index,
      { ...outputRootProof, ...rootChange },
      proof,
    ]);
  await refused(submit({ data }), ABSENT);
  await refused(submit({ nonce: withdrawal.nonce + 1n }), ABSENT);
  await refused(submit({}, { stateRoot: keccak256('0x') }), 'OutputRootMismatch');
  await refused(submit({}, { version: keccak256('0x') }), 'OutputVersionUnknown');
  await submit({});
  await refused(submit({}), 'WithdrawalAlreadyProven');
  await refused(finalize({ ...withdrawal, data }), 'WithdrawalNotProven');
  await refused(
    chains.mainchain.send(other, chains.vault, 'finalizeWithdrawalUnder', [withdrawal, index + 1n]),
    'OutputUnknown',
  );
});

test('an absent lock state proves nothing', async () => {
  await chains.deposit(10_000n);
  const index = await chains.anchor();
  const slot = mappingSlot(lockboxSlots.lockStates, other.address);
  const proof = await chains.execution.proof(LOCKBOX, [slot]);
  await refused(
    chains.mainchain.send(other, chains.vault, 'proveLockState', [
      other.address,
      index,
      await chains.outputRootProof(),
      proof.accountProof,
      proof.storageProof[0]!.proof,
    ]),
    ABSENT,
  );
});

test('nobody withdraws more than it holds', async () => {
  await chains.deposit(100n);
  await refused(withdraw(101n), 'WithdrawalExceedsClaim');
  await chains.deposit(100n, other.address);
  await refused(withdraw(101n), 'ERC20InsufficientBalance');
  await refused(withdraw(0n), 'AmountInvalid');
});

test('a withdrawal stays payable under the root it was proven under, whatever was paid since', async () => {
  await chains.deposit(10_000n);
  await chains.depositUnrelayed(700n);
  const early = await withdraw(1_000n);
  const first = await chains.anchor();
  await chains.proveBoth(early, first);
  const later = await withdraw(2_000n);
  await chains.proveBoth(later, await chains.anchor());
  chains.mainchain.timestamp += MATURITY;
  await finalize(later);
  // The first root alone knows of 1,000 withdrawn; the Vault remembers the newer lock state it paid by.
  await finalize(early);
  assert.equal(await paidTo(chains.vault.address), 7_700n);
});

test('what the chain still claims, and deposits under way, are never paid away', async () => {
  await chains.deposit(10_000n);
  await chains.depositUnrelayed(700n);
  const honest = await withdraw(1_000n);
  await chains.proveBoth(honest, await chains.anchor());
  // A message that the Lockbox burned nothing for: its word is written past the contract.
  const forged = await chains.forgeWithdrawal(9_000n, other.address);
  await chains.proveBoth(forged, await chains.anchor());
  chains.mainchain.timestamp += MATURITY;
  assert.deepEqual(await refused(finalize(forged), 'ClaimsNotCovered'), [1_700n, 9_700n]);
  await finalize(honest);
  assert.deepEqual(await refused(finalize(forged), 'ClaimsNotCovered'), [700n, 9_700n]);
  const small = await chains.forgeWithdrawal(1n, other.address);
  await chains.proveBoth(small, await chains.anchor());
  chains.mainchain.timestamp += MATURITY;
  assert.deepEqual(await refused(finalize(small), 'ClaimsNotCovered'), [9_699n, 9_700n]);
});

test("no proof of one asset's lock state counts for another, nor one of another account", async () => {
  const second = await chains.addDollar();
  await chains.deposit(10_000n);
  await chains.deposit(500n, holder.address, second);
  const withdrawal = await withdraw(4_000n);
  const index = await chains.anchor();
  await chains.prove(withdrawal, index);
  const [, , root, account, proof] = await chains.lockStateArgs(index, second);
  const submit = (asset: Address, accountProof: Hex[], storageProof: Hex[], at = index) =>
    chains.mainchain.send(other, chains.vault, 'proveLockState', [
      asset,
      at,
      root,
      accountProof,
      storageProof,
    ]);
  await refused(submit(chains.dollar.address, account, proof), ABSENT);
  const token = await chains.execution.proof(second.token.address, [], root.stateRoot);
  await refused(submit(second.underlying.address, token.accountProof as Hex[], proof), ABSENT);
  await refused(submit(second.underlying.address, account, proof, index + 1n), 'OutputUnknown');
  await refused(submit(second.underlying.address, account, proof.slice(0, -1)), ABSENT);
  await refused(submit(second.underlying.address, account, [...proof, proof.at(-1)!]), ABSENT);
  // A committee that states another storage root than the Lockbox has.
  const elsewhere = { ...root, messagePasserStorageRoot: token.storageHash as Hex };
  await chains.execution.send(holder, second.token, 'approve', [other.address, 1n]);
  const wrong = await chains.anchorRoot(chains.execution.blockNumber, elsewhere);
  await refused(
    chains.mainchain.send(other, chains.vault, 'proveLockState', [
      second.underlying.address,
      wrong,
      elsewhere,
      account,
      proof,
    ]),
    'LockboxRootMismatch',
  );
  await submit(second.underlying.address, account, proof);
  chains.mainchain.timestamp += MATURITY;
  await refused(finalize(withdrawal), 'LockStateNotProven');
});
