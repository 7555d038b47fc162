import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type Address,
  createClient,
  defineChain,
  type Hex,
  http,
  parseEther,
  publicActions,
  walletActions,
} from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import {
  buildProveWithdrawal,
  finalizeWithdrawal,
  getTimeToFinalize,
  getTimeToProve,
  getWithdrawals,
  getWithdrawalStatus,
  proveWithdrawal,
  waitToFinalize,
  waitToProve,
} from 'viem/op-stack';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxAbi } from '../../src/contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { FIRST_DEPOSITS } from '../../src/node/bridge/fund-execution.ts';
import { type ReferenceNode, startReferenceNode } from '../../src/node/reference-node.ts';
import { eventually } from './spawn-node.ts';

let folder: string;
let node: ReferenceNode;
const reports: string[] = [];

const start = () =>
  startReferenceNode({ dataDir: folder, port: 0, report: (message) => void reports.push(message) });

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-bridge-'));
  node = await start();
});

after(async () => {
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The chains as viem's op-stack actions know them: the execution chain names its portal on the mainchain. */
function chainOf(side: 'mainchain' | 'execution') {
  const { mainchain, [side]: own } = node.profile;
  return defineChain({
    id: own.chainId,
    name: side,
    nativeCurrency: { name: 'x', symbol: 'X', decimals: 18 },
    rpcUrls: { default: { http: [node.endpoints[side]!] } },
    ...(side === 'execution' && {
      sourceId: mainchain.chainId,
      contracts: {
        portal: { [mainchain.chainId]: { address: mainchain.contracts.vault } },
        l2OutputOracle: { [mainchain.chainId]: { address: mainchain.contracts.anchorRegistry } },
      },
    }),
  });
}

function wallet(side: 'mainchain' | 'execution', account: PrivateKeyAccount) {
  return createClient({
    account,
    chain: chainOf(side),
    transport: http(),
    pollingInterval: 100,
    cacheTime: 0,
    // Two reads in one call, without a contract that would have to stand there.
    batch: { multicall: { deployless: true } },
  })
    .extend(publicActions)
    .extend(walletActions);
}

const role = (name: string): PrivateKeyAccount =>
  privateKeyToAccount(readFileSync(path.join(folder, 'keys', `${name}.key`), 'utf8').trim() as Hex);

const dollars = (side: 'mainchain' | 'execution', holder: Address): Promise<bigint> =>
  wallet(side, role('faucet')).readContract({
    address: node.profile[side].contracts.stablecoin,
    abi: hongKongDollarAbi,
    functionName: 'balanceOf',
    args: [holder],
  });

describe('bridge', () => {
  it('brings a deposit over, once, and pays a proven withdrawal by viem op-stack actions', async () => {
    const { profile } = node;
    const { stablecoin: underlying, vault } = profile.mainchain.contracts;
    const { lockbox } = profile.execution.contracts;
    const treasury = role('treasury');
    const user = privateKeyToAccount(generatePrivateKey());
    await eventually(async () => (await dollars('execution', treasury.address)) === FIRST_DEPOSITS.treasury);

    // The treasury gives the user dollars and gas on the mainchain.
    const below = wallet('mainchain', treasury);
    const above = wallet('execution', user);
    const bank = wallet('mainchain', user);
    const confirm = async (client: typeof below, hash: Hex) => {
      const receipt = await client.waitForTransactionReceipt({ hash });
      assert.equal(receipt.status, 'success');
      return receipt;
    };
    const amount = 250_000_000n;
    await below.sendTransaction({ to: user.address, value: parseEther('1') });
    await confirm(
      below,
      await below.writeContract({
        address: underlying,
        abi: hongKongDollarAbi,
        functionName: 'transfer',
        args: [user.address, amount],
      }),
    );
    const gas = wallet('execution', treasury);
    await confirm(gas, await gas.sendTransaction({ to: user.address, value: parseEther('1') }));

    // Deposit.
    const approval = await bank.writeContract({
      address: underlying,
      abi: hongKongDollarAbi,
      functionName: 'approve',
      args: [vault, amount],
    });
    await confirm(bank, approval);
    const deposit = await bank.writeContract({
      address: vault,
      abi: vaultAbi,
      functionName: 'deposit',
      args: [underlying, amount, user.address],
    });
    await confirm(bank, deposit);
    await eventually(async () => (await dollars('execution', user.address)) === amount);
    assert.equal(await dollars('mainchain', user.address), 0n);

    // Withdraw a part again.
    const back = 100_000_000n;
    const initiated = await confirm(
      above,
      await above.writeContract({
        address: lockbox,
        abi: lockboxAbi,
        functionName: 'initiateWithdrawal',
        args: [underlying, user.address, back],
      }),
    );
    assert.equal(await dollars('execution', user.address), amount - back);
    // From here on viem alone, as on any OP Stack chain: status, wait, prove, wait, finalize.
    const targetChain = chainOf('execution') as never;
    const status = () => getWithdrawalStatus(bank, { receipt: initiated, targetChain });
    assert.match(await status(), /^(waiting|ready)-to-prove$/);
    const { output, withdrawal } = await waitToProve(bank, { receipt: initiated, targetChain });
    assert.deepEqual(withdrawal, getWithdrawals(initiated)[0]);
    assert.ok(output.l2BlockNumber >= initiated.blockNumber);
    assert.equal(await status(), 'ready-to-prove');
    assert.equal((await getTimeToProve(bank, { receipt: initiated, targetChain })).seconds, 0);
    const { targetChain: _, ...proof } = await buildProveWithdrawal(above, {
      account: user,
      output,
      withdrawal,
    });
    await confirm(bank, await proveWithdrawal(bank, { ...proof, targetChain }));
    assert.equal(await status(), 'waiting-to-finalize');
    const { withdrawalHash } = withdrawal;
    const { seconds, period } = await getTimeToFinalize(bank, { withdrawalHash, targetChain });
    assert.equal(period, 10);
    assert.ok(seconds > 0);

    // Not before it has matured, then once. Nobody here proves the lock state: the node's keeper does.
    const finalize = (gas?: bigint) =>
      finalizeWithdrawal(bank, { targetChain, withdrawal, ...(gas !== undefined && { gas }) });
    await assert.rejects(finalize(), /NotMatured|LockStateNotProven|reverted/);
    await waitToFinalize(bank, { withdrawalHash, targetChain });
    assert.equal(await status(), 'ready-to-finalize');
    await confirm(bank, await finalize());
    assert.equal(await status(), 'finalized');
    assert.equal(await dollars('mainchain', user.address), back);
    const twice = await bank.waitForTransactionReceipt({ hash: await finalize(500_000n) });
    assert.equal(twice.status, 'reverted');

    const claimed = await above.readContract({
      address: lockbox,
      abi: lockboxAbi,
      functionName: 'claims',
      args: [underlying],
    });
    assert.equal(claimed, await dollars('mainchain', vault));
    assert.equal(claimed, FIRST_DEPOSITS.faucet + FIRST_DEPOSITS.treasury + amount - back);
  });

  it('relays nothing twice after a restart, and what was deposited while it went down', async () => {
    const { stablecoin: underlying, vault } = node.profile.mainchain.contracts;
    const treasury = role('treasury');
    const supply = () =>
      wallet('execution', treasury).readContract({
        address: node.profile.execution.contracts.stablecoin,
        abi: hongKongDollarAbi,
        functionName: 'totalSupply',
      });
    const bank = wallet('mainchain', treasury);
    const approval = await bank.writeContract({
      address: underlying,
      abi: hongKongDollarAbi,
      functionName: 'approve',
      args: [vault, 1_000_000n],
    });
    await bank.waitForTransactionReceipt({ hash: approval });
    const before = await supply();
    await bank.writeContract({
      address: vault,
      abi: vaultAbi,
      functionName: 'deposit',
      args: [underlying, 1_000_000n, treasury.address],
      gas: 300_000n,
    });
    await node.close();
    reports.length = 0;
    node = await start();
    await eventually(async () => (await supply()) > before);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.equal(await supply(), before + 1_000_000n);
    assert.equal(reports.length, 1, reports.join('\n'));
  });
});
