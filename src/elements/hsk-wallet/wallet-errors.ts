import type { ErrorCatalogue } from '../shared/error-box.ts';
import type { WalletWords } from './hsk-wallet.messages.ts';

/** What the errors on the way to an open wallet mean to its owner. */
export function walletErrors(t: WalletWords): ErrorCatalogue {
  return {
    VAULT_EXISTS: { message: t.vaultExists, next: t.vaultExistsNext },
    VAULT_LOCKED: { message: t.vaultLocked, next: t.vaultLockedNext },
    VAULT_EMPTY: { message: t.vaultEmpty },
    VAULT_STORAGE: { message: t.storageRefused, next: t.storageRefusedNext },
  };
}
