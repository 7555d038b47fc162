import { announceProvider, WalletProvider } from '../../../wallet/provider.ts';
import type { Wallet } from '../../../wallet/wallet.ts';

const providers = new WeakMap<Wallet, WalletProvider>();
/** EIP-6963: names the wallet for as long as the page lives. */
let uuid: string | undefined;

/** The wallet's EIP-1193 provider; one, however many elements show the wallet. */
export function providerOf(wallet: Wallet): WalletProvider {
  let provider = providers.get(wallet);
  if (!provider) {
    provider = new WalletProvider(wallet);
    providers.set(wallet, provider);
  }
  return provider;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%2314395e'/%3E%3Cpath d='M9 21v-3m5 3v-6m5 6v-9m5 9V9' stroke='%23fff' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E";

/** Tells the page's connectors of the wallet (EIP-6963). Returns how to stop. */
export function present(wallet: Wallet): () => void {
  uuid ??= crypto.randomUUID();
  return announceProvider(providerOf(wallet), {
    uuid,
    name: 'hsk-embed',
    icon: ICON,
    rdns: 'io.hsk-embed.wallet',
  });
}
