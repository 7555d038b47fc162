import { BridgeChains } from '../contracts/bridge-chains.ts';
import { attack, attackEscape, attackReclaim } from './vault-attacks.ts';
import { Random } from './random.ts';
import type { FuzzOptions } from './run.ts';
import { type Checkpoint, USERS, VaultWorld } from './vault-world.ts';

const STEPS = 120;

/**
 * Random lives of the bridge on real EVMs, each ended by everybody taking out what is theirs. One run in
 * eight anchors by BLS.
 *
 * @returns what happened how often
 * @throws Error naming the seed and the step when an invariant does not hold
 */
export async function fuzzVault({ runs, seed }: FuzzOptions, steps = STEPS): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const random = new Random(seed + run);
    const chains = await BridgeChains.open(run % 8 === 7 ? 'bls' : 'ecdsa');
    await chains.addDollar();
    const world = new VaultWorld(chains);
    let step = 0;
    try {
      let back = await world.checkpoint();
      for (; step < steps; step++) {
        back = await act(world, random, back, step / steps);
        await world.check();
      }
      await leave(world, random);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`seed ${seed + run}, step ${step}: ${message}`, { cause });
    }
    for (const [what, times] of world.counts) counts.set(what, (counts.get(what) ?? 0) + times);
  }
  return counts;
}

/** One step. @returns the block that a reorganisation falls back to */
async function act(
  world: VaultWorld,
  random: Random,
  back: Checkpoint,
  progress: number,
): Promise<Checkpoint> {
  const { ledger, execution } = world;
  const asset = random.below(world.chains.assets.length);
  const user = random.pick(USERS);
  const { address: to } = random.pick(USERS);
  const withdrawals = execution.withdrawals.length;
  const anyWithdrawal = () => random.below(withdrawals);
  const anyOutput = () => random.below(ledger.anchors.length);
  const some = withdrawals > 0 && ledger.anchors.length > 0;
  const dice = random.below(108);
  if (dice < 10) await world.deposit(asset, random.amount(5_000n), to);
  else if (dice < 22) await relayNext(world, random);
  else if (dice < 27)
    await world.trade(asset, user, to, random.amount(world.balance(asset, user.address) + 2n));
  else if (dice < 38)
    await world.withdraw(asset, user, to, random.amount(world.balance(asset, user.address) + 1n));
  else if (dice < 48) await world.anchor();
  else if (dice < 58) {
    if (some) await world.prove(anyWithdrawal(), anyOutput());
  } else if (dice < 66) {
    if (ledger.anchors.length > 0) await world.proveLockState(asset, anyOutput());
  } else if (dice < 78) {
    if (some) await world.finalize(anyWithdrawal(), random.chance(40) ? anyOutput() : undefined);
  } else if (dice < 82) world.wait(random.amount(200n));
  else if (dice < 84) await (random.chance(60) ? world.pause() : world.unpause());
  else if (dice < 85) await world.closeAsset(asset);
  else if (dice < 87) await world.escape(asset, to);
  else if (dice < 88) {
    if (ledger.deposits.length > 0) await world.reclaim(BigInt(1 + random.below(ledger.deposits.length)));
  } else if (dice < 89) {
    // Late in its life the chain may stop for good.
    if (progress > 0.6) world.wait(100_000n);
  } else if (dice < 91) {
    await world.reorganise(back);
    return world.checkpoint();
  } else if (dice < 94) return world.checkpoint();
  else await attack(world, random);
  return back;
}

/** The relayer brings deposits over in their order; now and then one is left behind. */
async function relayNext(world: VaultWorld, random: Random): Promise<void> {
  const { ledger, execution } = world;
  const waiting = ledger.deposits.filter(({ id }) => !execution.relayedIds.has(id));
  const next = waiting[random.chance(5) ? waiting.length - 1 : 0] ?? ledger.deposits.at(-1);
  if (next) await world.relay(next.id);
}

/** Everybody takes out what is theirs, over the living chain or after it stopped; then the Vault is empty. */
async function leave(world: VaultWorld, random: Random): Promise<void> {
  const { chains } = world;
  const assets = chains.assets.map((_, index) => index);
  const alive = world.ledger.lastOutput === undefined;
  if (alive) {
    if (random.chance(50)) {
      for (const { id } of world.ledger.deposits)
        if (!world.execution.relayedIds.has(id)) await world.relay(id);
      for (const asset of assets)
        for (const user of USERS) {
          const balance = world.balance(asset, user.address);
          if (balance > 0n) await world.withdraw(asset, user, user.address, balance);
        }
    } else await world.trade(0, USERS[0]!, USERS[1]!.address, world.balance(0, USERS[0]!.address));
    await world.anchor();
  }
  const last = world.ledger.lastOutput ?? world.ledger.anchors.length - 1;
  const { state } = world.ledger.anchors[last]!;
  for (const asset of assets) await world.proveLockState(asset, last);
  for (const index of state.withdrawals.keys())
    if (!world.ledger.paid.has(index) && world.ledger.mayProve(index, last)) await world.prove(index, last);
  world.waitToMature();
  for (const index of state.withdrawals.keys())
    if (!world.ledger.paid.has(index)) await world.finalize(index, last);
  world.wait(100_000n);
  for (const asset of assets)
    for (const { address } of USERS)
      if (world.ledger.mayEscape(asset, address, world.now) > 0n) {
        await attackEscape(world, random, asset, address);
        await world.escape(asset, address);
      }
  let left = 0n;
  for (const deposit of world.ledger.deposits)
    if (world.ledger.mayReclaim(deposit, world.now)) {
      await attackReclaim(world, random, deposit.id);
      await world.reclaim(deposit.id);
    } else if (!state.relayedIds.has(deposit.id) && !world.ledger.reclaimed.has(deposit.id))
      left += deposit.amount;
  await world.check();
  // What stays is what the relayer skipped, and nothing else.
  const held = assets.reduce((sum, asset) => sum + world.ledger.held(asset), 0n);
  if (held !== left) throw new Error(`${held} stay in the Vault at the end, ${left} were skipped`);
  world.count(held === 0n ? 'runs that end with an empty Vault' : 'runs that end with a skipped deposit');
}

/** The command: `npm run fuzz vault`. */
export async function fuzz(options: FuzzOptions): Promise<void> {
  const started = Date.now();
  const counts = await fuzzVault(options);
  for (const [what, times] of [...counts].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`  ${what.padEnd(52)} ${times}`);
  console.log(`  all held, ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
