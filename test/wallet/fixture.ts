import type { Address, Hex } from 'viem';
import type { BudgetLimits, BudgetPayment } from '../../src/wallet/vault-api.ts';
import { type Locks, memoryLocks } from '../../src/wallet/vault/locks.ts';
import { Vault, type VaultChange } from '../../src/wallet/vault/vault.ts';
import { memoryVaultStore, type VaultStore } from '../../src/wallet/vault/vault-store.ts';

/** The phrase of the BIP-39 vectors that every tool knows, and account 0 of it at m/44'/60'/0'/0/0. */
export const PHRASE = 'test test test test test test test test test test test junk';
export const OWNER: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
export const PASSWORD = 'four unrelated words';

export const MERCHANT: Address = '0x1111111111111111111111111111111111111111';
export const TOKEN: Address = '0x2222222222222222222222222222222222222222';

export interface VaultBench {
  vault: Vault;
  store: VaultStore;
  locks: Locks;
  clock: { now: number };
  changes: VaultChange[];
  /** Another tab: the same storage and locks, memory of its own. */
  tab(): Vault;
}

export function vaultBench(options: { idle?: number } = {}): VaultBench {
  const store = memoryVaultStore();
  const locks = memoryLocks();
  const clock = { now: 1_800_000_000_000 };
  const changes: VaultChange[] = [];
  const tab = () =>
    new Vault({ store, locks, now: () => clock.now, onChange: (why) => changes.push(why), ...options });
  return { vault: tab(), store, locks, clock, changes, tab };
}

export async function openBench(): Promise<VaultBench> {
  const bench = vaultBench();
  await bench.vault.create(PHRASE, PASSWORD);
  return bench;
}

export function limits(clock: { now: number }, change: Partial<BudgetLimits> = {}): BudgetLimits {
  return {
    token: TOKEN,
    chainId: 31178,
    total: 100n,
    perPayment: 40n,
    expiry: BigInt(clock.now) / 1000n + 3600n,
    payees: [MERCHANT],
    label: 'Research',
    ...change,
  };
}

export const word = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;

export function payment(clock: { now: number }, change: Partial<BudgetPayment> = {}): BudgetPayment {
  const now = BigInt(clock.now) / 1000n;
  return {
    to: MERCHANT,
    value: 40n,
    validAfter: 0n,
    validBefore: now + 60n,
    nonce: word(1),
    deadline: now + 60n,
    mandateNonce: word(2),
    requirementRef: word(0),
    ...change,
  };
}
