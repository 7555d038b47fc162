import type { Address } from 'viem';
import type { Session } from '../shared/session.ts';
import type { AccountWords } from './account/account.messages.ts';
import type { WalletWords } from './hsk-wallet.messages.ts';

/** What every part of the wallet draws from. */
export interface View {
  t: WalletWords;
  /** For `Intl`. */
  language: string;
  session: Session;
  /** Seconds since 1970; moves every second. */
  now: number;
}

/** The view while the wallet is unlocked. */
export interface OpenView extends View {
  t: AccountWords;
  account: Address;
}
