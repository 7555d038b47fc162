import { filteredEndpoint, VAULT_CALLS } from '../src/wallet/vault/endpoint-filter.ts';
import { webLocks } from '../src/wallet/vault/locks.ts';
import { VAULT_CHANNEL, type VaultNews } from '../src/wallet/vault/news.ts';
import { Vault } from '../src/wallet/vault/vault.ts';
import { indexedDbVaultStore } from '../src/wallet/vault/vault-store.ts';
import { exposeApi } from './boundary.ts';

/** The only place that ever sees a key. */
const channel = new BroadcastChannel(VAULT_CHANNEL);
const vault = new Vault({
  store: indexedDbVaultStore(),
  locks: webLocks(),
  onChange: (change) => channel.postMessage({ change } satisfies VaultNews),
});

// Whoever locks or erases the wallet in one tab does so in all of them.
channel.addEventListener('message', ({ data }: MessageEvent<VaultNews>) => {
  if (data.change === 'locked' || data.change === 'erased') vault.forget('idle');
});

// No prototype, no instance: the listed calls are all there is to reach.
const calls: object = Object.create(null);
for (const name of VAULT_CALLS) Object.assign(calls, { [name]: vault[name].bind(vault) });

exposeApi(calls, filteredEndpoint(self as unknown as DedicatedWorkerGlobalScope));
