import { startWorker } from '../../workers/start-worker.ts';
import { HskError } from '../protocol/errors.ts';
import type { VaultApi } from './vault-api.ts';
import { VAULT_CALLS } from './vault/endpoint-filter.ts';
import { VAULT_CHANNEL } from './vault/news.ts';

export interface ConnectVaultOptions {
  /** For hosts whose CSP forbids `blob:` workers: a worker from their own origin. */
  createWorker?: () => Worker;
}

/** The vault as the page holds it. */
export interface ConnectedVault extends VaultApi {
  /** Called whenever a vault of this origin was unlocked, locked or erased, in whichever tab. */
  subscribe(listener: () => void): () => void;
  terminate(): void;
}

/** How often a person's doing on the page is passed on, so that the vault does not lock under their hands. */
const AWAKE = 60_000;

/** Starts the vault's worker. */
export function connectVault(options: ConnectVaultOptions = {}): ConnectedVault {
  const worker = options.createWorker
    ? options.createWorker()
    : new Worker(new URL('../../workers/vault.worker.ts', import.meta.url), { type: 'module' });
  const { remote, call, end } = startWorker<VaultApi>(worker, {
    code: 'WORKER_BLOCKED',
    shortMessage: 'The vault could not be started',
  });

  let touched = Date.now();
  const awake = () => {
    if (Date.now() - touched < AWAKE) return;
    touched = Date.now();
    // A locked vault refuses, which is what it should do.
    remote.accounts().catch(() => undefined);
  };
  const doings = ['pointerdown', 'keydown'] as const;
  for (const doing of doings) addEventListener(doing, awake, { capture: true, passive: true });

  const calls = Object.fromEntries(
    VAULT_CALLS.map((name) => {
      const ask = remote[name] as (...args: unknown[]) => Promise<unknown>;
      return [name, (...args: unknown[]) => call(ask(...args))];
    }),
  ) as unknown as VaultApi;
  return {
    ...calls,
    subscribe(listener) {
      const channel = new BroadcastChannel(VAULT_CHANNEL);
      channel.addEventListener('message', listener);
      return () => channel.close();
    },
    terminate() {
      for (const doing of doings) removeEventListener(doing, awake, { capture: true });
      end(new HskError('VAULT_STOPPED', 'The vault was stopped'));
    },
  };
}
