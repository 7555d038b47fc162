import { type Address, encodeFunctionData, erc20Abi, type Hex } from 'viem';
import { mappingSlot } from '../../src/protocol/anchor.ts';
import { lockboxSlots } from '../../src/contracts/abi/Lockbox.ts';
import { LOCKBOX, other, type OutputRootProof, type Withdrawal } from '../contracts/bridge-chains.ts';
import { bendNodes, bendWord } from './bend.ts';
import type { Random } from './random.ts';
import { USERS, type VaultWorld } from './vault-world.ts';

/** One call that would be in order but for what was done to it; it must be refused. */
export async function attack(world: VaultWorld, random: Random): Promise<void> {
  const { ledger, execution } = world;
  if (ledger.anchors.length === 0) return;
  const output = random.below(ledger.anchors.length);
  const { withdrawals } = ledger.anchors[output]!.state;
  const ways = [
    ...(withdrawals.length > 0 ? [forgeWithdrawal, bendWithdrawalProof] : []),
    ...(execution.withdrawals.length > 0 ? [alterPayment] : []),
    bendLockStateProof,
  ];
  await random.pick(ways)(world, random, output);
}

/** A message that differs from one that was sent. */
async function forgeWithdrawal(world: VaultWorld, random: Random, output: number): Promise<void> {
  const { withdrawal, asset, to, amount } = random.pick(world.ledger.anchors[output]!.state.withdrawals);
  const transfer = (recipient: Hex, value: bigint) =>
    encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [recipient, value] });
  const others = USERS.map(({ address }) => address).filter((address) => address !== to);
  const change: Partial<Withdrawal> = random.pick([
    { data: transfer(to, amount + 1n) },
    { data: transfer(random.pick(others), amount) },
    { nonce: withdrawal.nonce + 1_000n },
    { sender: LOCKBOX },
    { target: world.chains.assets[1 - asset]!.underlying.address },
    { value: 1n },
    { gasLimit: 1n },
  ]);
  const [, index, root, proof] = await world.chains.withdrawalArgs(withdrawal, BigInt(output));
  await submitWithdrawal(world, 'message altered', { ...withdrawal, ...change }, index, root, proof);
}

async function bendWithdrawalProof(world: VaultWorld, random: Random, output: number): Promise<void> {
  const { chains } = world;
  const { withdrawal } = random.pick(world.ledger.anchors[output]!.state.withdrawals);
  const [, index, root, proof] = await chains.withdrawalArgs(withdrawal, BigInt(output));
  if (random.chance(30)) return bendRoot(world, random, withdrawal, index, root, proof);
  const slot = mappingSlot(lockboxSlots.lockStates, chains.assets[0]!.underlying.address);
  const foreign = await chains.execution.proof(LOCKBOX, [slot], root.stateRoot);
  const [way, bent] = bendNodes(random, proof, foreign.storageProof[0]!.proof as Hex[]);
  await submitWithdrawal(world, way, withdrawal, index, root, bent);
}

/** The right proof beside a preimage that is not the anchored one, or under another output. */
async function bendRoot(
  world: VaultWorld,
  random: Random,
  withdrawal: Withdrawal,
  index: bigint,
  root: OutputRootProof,
  proof: Hex[],
): Promise<void> {
  const field = random.pick(['version', 'stateRoot', 'messagePasserStorageRoot', 'latestBlockhash'] as const);
  const bent = { ...root, [field]: bendWord(random, root[field]) };
  await submitWithdrawal(world, 'preimage altered', withdrawal, index, bent, proof);
  const stale = BigInt(random.below(world.ledger.anchors.length + 1));
  if (stale !== index) await submitWithdrawal(world, 'another output', withdrawal, stale, root, proof);
}

async function submitWithdrawal(
  world: VaultWorld,
  way: string,
  withdrawal: Withdrawal,
  index: bigint,
  root: OutputRootProof,
  proof: Hex[],
): Promise<void> {
  const { mainchain, vault } = world.chains;
  await world.refuses('bad proof of withdrawal', way, () =>
    mainchain.send(other, vault, 'proveWithdrawalTransaction', [withdrawal, index, root, proof]),
  );
}

/** To be paid more, or to another, by the name of a withdrawal that was proven. */
async function alterPayment(world: VaultWorld, random: Random): Promise<void> {
  const { withdrawal, amount } = random.pick(world.execution.withdrawals);
  const data = encodeFunctionData({
    abi: erc20Abi,
    functionName: 'transfer',
    args: [other.address, amount + 1n],
  });
  await world.refuses('bad payment', 'message altered', () => world.chains.finalize({ ...withdrawal, data }));
}

async function bendLockStateProof(world: VaultWorld, random: Random, output: number): Promise<void> {
  const { chains } = world;
  const asset = random.below(chains.assets.length);
  const [address, index, root, account, proof] = await chains.lockStateArgs(
    BigInt(output),
    chains.assets[asset],
  );
  const foreign = await chains.lockStateArgs(BigInt(output), chains.assets[1 - asset]);
  const ofAccount = random.chance(40);
  const elsewhere = await chains.execution.proof(chains.assets[0]!.token.address, [], root.stateRoot);
  const [way, bent] = ofAccount
    ? bendNodes(random, account, elsewhere.accountProof as Hex[])
    : bendNodes(random, proof, foreign[4]);
  await world.refuses('bad proof of lock state', way, () =>
    chains.mainchain.send(other, chains.vault, 'proveLockState', [
      address,
      index,
      root,
      ofAccount ? bent : account,
      ofAccount ? proof : bent,
    ]),
  );
}

/** An escape that would succeed, by a proof that was bent or of a balance of another. */
export async function attackEscape(
  world: VaultWorld,
  random: Random,
  asset: number,
  who: Address,
): Promise<void> {
  const { chains, ledger } = world;
  const output = BigInt(ledger.lastOutput ?? ledger.anchors.length - 1);
  const stranger = random.pick(USERS.filter(({ address }) => address !== who)).address;
  const [underlying, , proof] = await chains.escapeArgs(output, who, chains.assets[asset]);
  const [, , foreign] = await chains.escapeArgs(output, stranger, chains.assets[1 - asset]);
  const part = random.pick(['tokenOf', 'tokenAccount', 'balance'] as const);
  const [way, bent] = bendNodes(random, proof[part], foreign[part]);
  await world.refuses('bad escape', way, () =>
    chains.mainchain.send(other, chains.vault, 'escape', [underlying, who, { ...proof, [part]: bent }]),
  );
}

/** The reclaim of a deposit that may be reclaimed, by other terms or a proof that was bent. */
export async function attackReclaim(world: VaultWorld, random: Random, id: bigint): Promise<void> {
  const { chains, ledger } = world;
  const output = BigInt(ledger.lastOutput ?? ledger.anchors.length - 1);
  const { asset, amount } = ledger.deposits[Number(id) - 1]!;
  const [, underlying, from, , root, proof] = await chains.reclaimArgs(
    id,
    amount,
    output,
    chains.assets[asset],
  );
  const [, , , , foreign] = await chains.lockStateArgs(output, chains.assets[asset]);
  const [way, bent] = bendNodes(random, proof, foreign);
  const send = (owner: Address, value: bigint, nodes: Hex[]) =>
    chains.mainchain.send(other, chains.vault, 'reclaimDeposit', [id, underlying, owner, value, root, nodes]);
  await world.refuses('bad reclaim', way, () => send(from, amount, bent));
  await world.refuses('bad reclaim', 'another amount', () => send(from, amount + 1n, proof));
  await world.refuses('bad reclaim', 'another owner', () => send(other.address, amount, proof));
}
