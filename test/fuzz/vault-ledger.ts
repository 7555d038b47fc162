import type { Address } from 'viem';
import { ESCAPE, MATURITY, MAX_PAUSE, type Withdrawal } from '../contracts/bridge-chains.ts';

/** What the execution chain owes, by its own rules; it is never undone. Assets are named by their place. */
export interface ExecutionLedger {
  relayed: bigint[];
  withdrawn: bigint[];
  balances: Map<Address, bigint>[];
  relayedIds: Set<bigint>;
  nextDeposit: bigint;
  withdrawals: { withdrawal: Withdrawal; asset: number; to: Address; amount: bigint }[];
}

export interface AnchorEntry {
  anchoredAt: bigint;
  /** The execution chain as it was anchored. */
  state: ExecutionLedger;
}

/** What the Vault must hold to, written down from what was asked of it; a reorganisation takes it back. */
export class MainchainLedger {
  deposits: { id: bigint; asset: number; to: Address; amount: bigint }[] = [];
  anchors: AnchorEntry[] = [];
  /** Withdrawal to output to the time of its proof; the first entry is the first proof. */
  proven = new Map<number, Map<number, bigint>>();
  lockStates = new Set<string>();
  paid = new Set<number>();
  /** `asset:holder`. */
  escaped = new Set<string>();
  reclaimed = new Set<bigint>();
  pausedUntil = 0n;
  /** The last output that counts, once somebody left. */
  lastOutput: number | undefined;
  /** Asset to owner to base units, the Vault's own apart. */
  holdings: Map<Address, bigint>[] = [];
  sums: { deposited: bigint; paid: bigint; escaped: bigint; reclaimed: bigint }[] = [];

  pausedAt(now: bigint, since: bigint): boolean {
    return now < this.pausedUntil && now < since + MAX_PAUSE;
  }

  mayDeposit(now: bigint): boolean {
    return this.lastOutput === undefined && now >= this.pausedUntil;
  }

  mayPause(now: bigint): boolean {
    return this.pausedUntil === 0n || now >= this.pausedUntil + MAX_PAUSE;
  }

  /** Whether an output is one that proofs may go against. */
  counts(output: number): boolean {
    return output < this.anchors.length && (this.lastOutput === undefined || output <= this.lastOutput);
  }

  mayProve(withdrawal: number, output: number): boolean {
    if (!this.counts(output) || this.proven.get(withdrawal)?.has(output)) return false;
    return withdrawal < this.anchors[output]!.state.withdrawals.length;
  }

  mayFinalize(withdrawal: number, asset: number, output: number | undefined, now: bigint): boolean {
    if (output === undefined || this.paid.has(withdrawal) || !this.counts(output)) return false;
    const provenAt = this.proven.get(withdrawal)?.get(output);
    if (provenAt === undefined || !this.lockStates.has(`${output}:${asset}`)) return false;
    const maturesAt = provenAt + MATURITY;
    return now >= maturesAt && !this.pausedAt(now, maturesAt);
  }

  firstOutput(withdrawal: number): number | undefined {
    return this.proven.get(withdrawal)?.keys().next().value;
  }

  /** The output that holders leave by, if they may at this time. */
  exit(now: bigint): number | undefined {
    const output = this.lastOutput ?? this.anchors.length - 1;
    const anchor = this.anchors[output];
    if (!anchor) return undefined;
    const escapableAt = anchor.anchoredAt + ESCAPE;
    if (this.lastOutput === undefined && now <= escapableAt) return undefined;
    return this.pausedAt(now, escapableAt) ? undefined : output;
  }

  /** Base units that a holder may leave with; 0 if it may not. */
  mayEscape(asset: number, holder: Address, now: bigint): bigint {
    const output = this.exit(now);
    if (output === undefined || !this.lockStates.has(`${output}:${asset}`)) return 0n;
    if (this.escaped.has(`${asset}:${holder}`)) return 0n;
    return this.anchors[output]!.state.balances[asset]!.get(holder) ?? 0n;
  }

  mayReclaim({ id, asset }: MainchainLedger['deposits'][number], now: bigint): boolean {
    const output = this.exit(now);
    if (output === undefined || !this.lockStates.has(`${output}:${asset}`)) return false;
    return !this.reclaimed.has(id) && id >= this.anchors[output]!.state.nextDeposit;
  }

  /** Base units that the Vault must hold. */
  held(asset: number): bigint {
    const { deposited, paid, escaped, reclaimed } = this.sums[asset]!;
    return deposited - paid - escaped - reclaimed;
  }

  move(asset: number, who: Address, amount: bigint): void {
    const holdings = this.holdings[asset]!;
    holdings.set(who, (holdings.get(who) ?? 0n) + amount);
  }

  /** As it is now, to come back to. */
  copy(): MainchainLedger {
    // Anchored states are never written to.
    const { anchors, ...rest } = this;
    return Object.assign(new MainchainLedger(), structuredClone(rest), { anchors: [...anchors] });
  }
}
