import type { VaultChange } from './vault.ts';

/** Name of the BroadcastChannel on which vaults tell every tab of the origin what became of them. */
export const VAULT_CHANNEL = 'hsk-vault';

export interface VaultNews {
  change: VaultChange;
}
