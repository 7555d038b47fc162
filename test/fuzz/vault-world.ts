import assert from 'node:assert/strict';
import type { Address, PrivateKeyAccount } from 'viem';
import {
  type BridgeChains,
  guardian,
  holder,
  MATURITY,
  MAX_PAUSE,
  other,
  owner,
} from '../contracts/bridge-chains.ts';
import { account, Reverted, type Snapshot } from '../contracts/support.ts';
import { type ExecutionLedger, MainchainLedger } from './vault-ledger.ts';

/** Who has tokens; the first is also the one who deposits. */
export const USERS: readonly PrivateKeyAccount[] = [holder, other, account('third'), account('fourth')];

/** The mainchain at an earlier block, and what was true then. */
export interface Checkpoint {
  chain: Snapshot;
  ledger: MainchainLedger;
}

/**
 * Both chains beside the ledgers that say what they owe. Every call is foretold: one that succeeds although
 * the ledger forbids it, or fails although it allows it, ends the run.
 */
export class VaultWorld {
  readonly chains: BridgeChains;
  ledger = new MainchainLedger();
  execution: ExecutionLedger;
  /** What happened how often. */
  readonly counts = new Map<string, number>();

  constructor(chains: BridgeChains) {
    this.chains = chains;
    const none = () => chains.assets.map(() => 0n);
    this.execution = {
      relayed: none(),
      withdrawn: none(),
      balances: chains.assets.map(() => new Map()),
      relayedIds: new Set(),
      nextDeposit: 1n,
      withdrawals: [],
    };
    this.ledger.sums = chains.assets.map(() => ({ deposited: 0n, paid: 0n, escaped: 0n, reclaimed: 0n }));
    this.ledger.holdings = chains.assets.map(() => new Map([[holder.address, 1_000_000n]]));
  }

  /** The time of the next block. */
  get now(): bigint {
    return this.chains.mainchain.timestamp + 2n;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Makes a call that differs from one in order by what was done to it; it must be refused. */
  async refuses(what: string, way: string, call: () => Promise<unknown>): Promise<void> {
    await this.expect(`${what} (${way})`, false, call, what);
    this.count(`bent: ${way}`);
  }

  /** Makes a call of which the ledger says whether it must succeed. @returns whether it did */
  async expect(
    what: string,
    allowed: boolean,
    call: () => Promise<unknown>,
    counted = what,
  ): Promise<boolean> {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof Reverted)) throw error;
      if (allowed) throw new Error(`${what} was refused: ${error.message}`, { cause: error });
      // Every refusal is one of the contracts' own words: a panic would be an accident.
      assert.ok(!/^(Panic|Error|unknown)/.test(error.errorName), `${what}: ${error.message}`);
      this.count(`${counted}, refused`);
      return false;
    }
    assert.ok(allowed, `${what} must not succeed`);
    this.count(counted);
    return true;
  }

  async deposit(asset: number, amount: bigint, to: Address): Promise<void> {
    const id = BigInt(this.ledger.deposits.length + 1);
    const done = await this.expect('deposit', this.ledger.mayDeposit(this.now), () =>
      this.chains.depositUnrelayed(amount, to, this.chains.assets[asset]),
    );
    if (!done) return;
    this.ledger.deposits.push({ id, asset, to, amount });
    this.ledger.sums[asset]!.deposited += amount;
    this.ledger.move(asset, holder.address, -amount);
  }

  async relay(id: bigint): Promise<void> {
    const { asset, to, amount } = this.ledger.deposits[Number(id) - 1]!;
    const { execution } = this;
    const done = await this.expect('relay', !execution.relayedIds.has(id), () =>
      this.chains.relay(id, amount, to, this.chains.assets[asset]),
    );
    if (!done) return;
    execution.relayedIds.add(id);
    execution.relayed[asset]! += amount;
    if (id >= execution.nextDeposit) execution.nextDeposit = id + 1n;
    this.#credit(asset, to, amount);
  }

  async trade(asset: number, from: PrivateKeyAccount, to: Address, amount: bigint): Promise<void> {
    const { token } = this.chains.assets[asset]!;
    const done = await this.expect('trade', this.balance(asset, from.address) >= amount, () =>
      this.chains.execution.send(from, token, 'transfer', [to, amount]),
    );
    if (!done) return;
    this.#credit(asset, from.address, -amount);
    this.#credit(asset, to, amount);
  }

  async withdraw(asset: number, from: PrivateKeyAccount, to: Address, amount: bigint): Promise<void> {
    const done = await this.expect('withdrawal', this.balance(asset, from.address) >= amount, async () => {
      const withdrawal = await this.chains.withdraw(amount, to, this.chains.assets[asset], from);
      this.execution.withdrawals.push({ withdrawal, asset, to, amount });
    });
    if (!done) return;
    this.execution.withdrawn[asset]! += amount;
    this.#credit(asset, from.address, -amount);
  }

  balance(asset: number, who: Address): bigint {
    return this.execution.balances[asset]!.get(who) ?? 0n;
  }

  #credit(asset: number, who: Address, amount: bigint): void {
    this.execution.balances[asset]!.set(who, this.balance(asset, who) + amount);
  }

  /** Attests and anchors the execution chain as it stands, unless it stands where it was. */
  async anchor(): Promise<void> {
    const latest = await this.chains.mainchain.read(this.chains.registry, 'latestBlockNumber', []);
    const allowed = this.chains.execution.blockNumber > latest;
    const done = await this.expect('anchor', allowed, () => this.chains.anchor());
    if (done)
      this.ledger.anchors.push({
        anchoredAt: this.chains.mainchain.timestamp,
        state: structuredClone(this.execution),
      });
  }

  async prove(index: number, output: number): Promise<void> {
    const { withdrawal } = this.execution.withdrawals[index]!;
    const done = await this.expect('proof of withdrawal', this.ledger.mayProve(index, output), () =>
      this.chains.prove(withdrawal, BigInt(output)),
    );
    if (!done) return;
    const proven = this.ledger.proven.get(index) ?? new Map<number, bigint>();
    this.ledger.proven.set(index, proven.set(output, this.chains.mainchain.timestamp));
  }

  async proveLockState(asset: number, output: number): Promise<void> {
    const done = await this.expect('proof of lock state', this.ledger.counts(output), () =>
      this.chains.proveLockState(BigInt(output), this.chains.assets[asset]),
    );
    if (done) this.ledger.lockStates.add(`${output}:${asset}`);
  }

  /** @param under an output of choice; without one, as viem does it */
  async finalize(index: number, under?: number): Promise<void> {
    const { withdrawal, asset, to, amount } = this.execution.withdrawals[index]!;
    const output = under ?? this.ledger.firstOutput(index);
    const { mainchain, vault } = this.chains;
    const allowed = this.ledger.mayFinalize(index, asset, output, this.now);
    const done = await this.expect('payment', allowed, () =>
      under === undefined
        ? this.chains.finalize(withdrawal)
        : mainchain.send(other, vault, 'finalizeWithdrawalUnder', [withdrawal, BigInt(under)]),
    );
    if (!done) return;
    this.ledger.paid.add(index);
    this.ledger.sums[asset]!.paid += amount;
    this.ledger.move(asset, to, amount);
  }

  async escape(asset: number, who: Address): Promise<void> {
    const output = this.ledger.lastOutput ?? this.ledger.anchors.length - 1;
    if (output < 0) return;
    const amount = this.ledger.mayEscape(asset, who, this.now);
    const done = await this.expect('escape', amount > 0n, () =>
      this.chains.escape(BigInt(output), who, this.chains.assets[asset]),
    );
    if (!done) return;
    this.ledger.lastOutput = output;
    this.ledger.escaped.add(`${asset}:${who}`);
    this.ledger.sums[asset]!.escaped += amount;
    this.ledger.move(asset, who, amount);
  }

  async reclaim(id: bigint): Promise<void> {
    const output = this.ledger.lastOutput ?? this.ledger.anchors.length - 1;
    if (output < 0) return;
    const deposit = this.ledger.deposits[Number(id) - 1]!;
    const { asset, amount } = deposit;
    const done = await this.expect('reclaim', this.ledger.mayReclaim(deposit, this.now), () =>
      this.chains.reclaim(id, amount, BigInt(output), this.chains.assets[asset]),
    );
    if (!done) return;
    this.ledger.lastOutput = output;
    this.ledger.reclaimed.add(id);
    this.ledger.sums[asset]!.reclaimed += amount;
    this.ledger.move(asset, holder.address, amount);
  }

  async pause(): Promise<void> {
    const allowed = this.ledger.mayPause(this.now);
    const { mainchain, vault } = this.chains;
    if (await this.expect('pause', allowed, () => mainchain.send(guardian, vault, 'pause', [])))
      this.ledger.pausedUntil = mainchain.timestamp + MAX_PAUSE;
  }

  async unpause(): Promise<void> {
    const allowed = this.now < this.ledger.pausedUntil;
    const { mainchain, vault } = this.chains;
    if (await this.expect('end of pause', allowed, () => mainchain.send(guardian, vault, 'unpause', [])))
      this.ledger.pausedUntil = mainchain.timestamp;
  }

  /** Opens and closes an asset again: nothing else of the owner's may matter to anybody. */
  async closeAsset(asset: number): Promise<void> {
    const { mainchain, vault, assets } = this.chains;
    const { address } = assets[asset]!.underlying;
    await mainchain.send(owner, vault, 'acceptAsset', [address, false]);
    await this.expect('deposit of a closed asset', false, () =>
      this.chains.depositUnrelayed(1n, holder.address, assets[asset]),
    );
    await mainchain.send(owner, vault, 'acceptAsset', [address, true]);
  }

  wait(seconds: bigint): void {
    this.chains.mainchain.timestamp += seconds;
  }

  waitToMature(): void {
    this.wait(MATURITY + MAX_PAUSE);
  }

  async checkpoint(): Promise<Checkpoint> {
    return { chain: await this.chains.mainchain.snapshot(), ledger: this.ledger.copy() };
  }

  /** The mainchain falls back; deposits are sent again from where they were, as a pool does, and nothing else. */
  async reorganise({ chain, ledger }: Checkpoint): Promise<void> {
    const lost = this.ledger.deposits.slice(ledger.deposits.length);
    await this.chains.mainchain.revert(chain);
    this.ledger = ledger.copy();
    this.count('reorganisation');
    if (lost.length > 0) this.wait(MAX_PAUSE);
    for (const { asset, amount, to } of lost) await this.deposit(asset, amount, to);
  }

  /** What must hold after every step. @throws AssertionError */
  async check(): Promise<void> {
    const { ledger, execution, chains } = this;
    for (const [asset, { underlying }] of chains.assets.entries()) {
      const held = await chains.paidTo(chains.vault.address, chains.assets[asset]);
      assert.equal(held, ledger.held(asset), 'the Vault holds what was deposited and not paid');
      const { deposited, paid, escaped, reclaimed } = ledger.sums[asset]!;
      assert.deepEqual(
        await chains.mainchain.read(chains.vault, 'accounts', [underlying.address]),
        [true, deposited, paid, escaped, reclaimed],
        'the accounts are what happened',
      );
      // Where holders left, their claims are those of the state that they left by.
      const state = ledger.lastOutput === undefined ? execution : ledger.anchors[ledger.lastOutput]!.state;
      const claims = state.relayed[asset]! - state.withdrawn[asset]! - escaped;
      const underWay = deposited - state.relayed[asset]! - reclaimed;
      const unpaid = state.withdrawn[asset]! - paid;
      assert.ok(claims >= 0n && underWay >= 0n && unpaid >= 0n, 'no part is paid from another');
      assert.equal(held, claims + underWay + unpaid, 'what is held covers every claim');
      let sum = held;
      for (const { address } of USERS) {
        const balance = await chains.paidTo(address, chains.assets[asset]);
        assert.equal(balance, ledger.holdings[asset]!.get(address) ?? 0n, 'everybody has what is theirs');
        sum += balance;
      }
      assert.equal(sum, 1_000_000n, 'nothing is made and nothing lost');
    }
  }
}
