import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Address, encodeAbiParameters, encodeFunctionData, type Hex, keccak256, zeroHash } from 'viem';
import {
  buildProveWithdrawal,
  getL2Output,
  getWithdrawals,
  getWithdrawalHashStorageSlot,
  getWithdrawalStatus,
} from 'viem/op-stack';
import { hongKongDollarAbi, hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxSlots } from '../../src/contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { mappingSlot } from '../../src/protocol/anchor.ts';
import { BridgeChains, ESCAPE, holder, LOCKBOX, MATURITY, other, owner, relayer } from './bridge-chains.ts';
import { event, refused } from './support.ts';

type Withdrawal = ReturnType<typeof getWithdrawals>[number];

/** OpenZeppelin's words for a key that is not in the trie: which one depends on where the path ends. */
const ABSENT = ['RLPInvalidEncoding', 'TrieProofTraversalError'];

let chains: BridgeChains;

beforeEach(async () => {
  chains = await BridgeChains.open();
});

async function withdraw(amount: bigint, to: Address = holder.address): Promise<Withdrawal> {
  const { execution, lockbox, dollar } = chains;
  const sent = await execution.send(holder, lockbox, 'initiateWithdrawal', [dollar.address, to, amount]);
  const [withdrawal] = getWithdrawals({ logs: sent.logs as never });
  return withdrawal!;
}

/** Proves by what viem's `buildProveWithdrawal` makes of the execution chain. */
async function prove(withdrawal: Withdrawal, outputIndex: bigint) {
  const args = await buildProveWithdrawal(chains.executionClient(), {
    withdrawal,
    output: {
      outputIndex,
      outputRoot: zeroHash,
      timestamp: 0n,
      l2BlockNumber: chains.execution.blockNumber,
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

async function proveLockState(outputIndex: bigint) {
  const asset = chains.dollar.address;
  const slot = mappingSlot(lockboxSlots.lockStates, asset);
  const proof = await chains.execution.proof(LOCKBOX, [slot]);
  return chains.mainchain.send(other, chains.vault, 'proveLockState', [
    asset,
    outputIndex,
    await chains.outputRootProof(),
    proof.accountProof,
    proof.storageProof[0]!.proof,
  ]);
}

const finalize = (withdrawal: Withdrawal) =>
  chains.mainchain.send(other, chains.vault, 'finalizeWithdrawalTransaction', [withdrawal]);
const paidTo = (who: Address) => chains.mainchain.read(chains.dollar, 'balanceOf', [who]);

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

test('a withdrawal goes from the Lockbox through an anchor to the Vault, by the proofs that viem builds', async () => {
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
  const index = await chains.anchor();
  const output = await getL2Output(client, {
    ...contracts,
    l2BlockNumber: chains.execution.blockNumber,
  } as never);
  assert.equal(output.outputIndex, index);
  await prove(withdrawal, index);
  assert.equal(await status(), 'waiting-to-finalize');
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

test('what the chain still claims, and deposits under way, are never paid away', async () => {
  await chains.deposit(10_000n);
  await chains.mainchain.send(holder, chains.vault, 'deposit', [chains.dollar.address, 700n, holder.address]);
  const early = await withdraw(1_000n);
  const first = await chains.anchor();
  await prove(early, first);
  await proveLockState(first);
  const later = await withdraw(2_000n);
  const second = await chains.anchor();
  await prove(later, second);
  await proveLockState(second);
  chains.mainchain.timestamp += MATURITY;
  await finalize(later);
  // Under the first root the chain still claimed what was paid since: 9,000 and 700 under way against 7,700.
  assert.deepEqual(await refused(finalize(early), 'ClaimsNotCovered'), [7_700n, 9_700n]);
  await prove(early, second);
  chains.mainchain.timestamp += MATURITY;
  await chains.mainchain.send(other, chains.vault, 'finalizeWithdrawalUnder', [early, second]);
  assert.equal(await chains.mainchain.read(chains.dollar, 'balanceOf', [chains.vault.address]), 7_700n);
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

test('when anchors stop, holders leave by their last proven balance, once, and the bridge stays shut', async () => {
  await chains.deposit(10_000n);
  await chains.deposit(3_000n, other.address);
  const pending = await withdraw(2_000n);
  const index = await chains.anchor();
  const asset = chains.dollar.address;
  const root = await chains.outputRootProof();
  const tokenOf = await chains.execution.proof(LOCKBOX, [mappingSlot(lockboxSlots.tokenOf, asset)]);
  const escape = async (who: Address) => {
    const slot = mappingSlot(hongKongDollarSlots.balances, who);
    const token = await chains.execution.proof(chains.executionDollar.address, [slot]);
    return chains.mainchain.send(other, chains.vault, 'escape', [
      asset,
      who,
      {
        outputRootProof: root,
        tokenOf: tokenOf.storageProof[0]!.proof,
        tokenAccount: token.accountProof,
        balance: token.storageProof[0]!.proof,
      },
    ]);
  };
  await refused(escape(holder.address), 'ChainStillAnchors');
  await prove(pending, index);
  await proveLockState(index);
  chains.mainchain.timestamp += ESCAPE;
  const before = await paidTo(holder.address);
  await escape(holder.address);
  await refused(escape(holder.address), 'AlreadyEscaped');
  assert.equal(await paidTo(holder.address), before + 8_000n);
  await refused(escape(owner.address), ABSENT);
  await refused(
    chains.mainchain.send(holder, chains.vault, 'deposit', [asset, 1n, holder.address]),
    'ChainHasEscaped',
  );
  // What was withdrawn before the chain stopped is still paid; the last holder finds its money.
  await finalize(pending);
  await escape(other.address);
  assert.equal(await paidTo(chains.vault.address), 0n);
});

test('an anchor after the escape opens nothing', async () => {
  await chains.deposit(10_000n);
  const index = await chains.anchor();
  const asset = chains.dollar.address;
  const token = await chains.execution.proof(chains.executionDollar.address, [encodeSlot(holder.address)]);
  const tokenOf = await chains.execution.proof(LOCKBOX, [mappingSlot(lockboxSlots.tokenOf, asset)]);
  chains.mainchain.timestamp += ESCAPE + 1n;
  await chains.mainchain.send(other, chains.vault, 'escape', [
    asset,
    holder.address,
    {
      outputRootProof: await chains.outputRootProof(),
      tokenOf: tokenOf.storageProof[0]!.proof,
      tokenAccount: token.accountProof,
      balance: token.storageProof[0]!.proof,
    },
  ]);
  const withdrawal = await withdraw(10_000n);
  const after = await chains.anchor();
  assert.equal(after, index + 1n);
  await prove(withdrawal, after);
  await proveLockState(after);
  chains.mainchain.timestamp += MATURITY;
  await refused(finalize(withdrawal), 'OutputAfterEscape');
});

function encodeSlot(who: Address): Hex {
  return keccak256(
    encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [who, hongKongDollarSlots.balances]),
  );
}
