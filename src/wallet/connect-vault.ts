import { wrapWorker } from '../../workers/boundary.ts';
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
  const remote = wrapWorker<VaultApi>(worker);
  let alive = false;
  worker.addEventListener('message', () => (alive = true), { once: true });
  // A CSP that blocks a worker does not throw where it is made.
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      if (alive) return;
      reject(
        new HskError('WORKER_BLOCKED', 'The vault could not be started', {
          details: event.message,
          action: 'Allow worker-src blob:, or pass createWorker with a worker of your own origin.',
        }),
      );
    });
  });
  broken.catch(() => undefined);

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
      const call = remote[name] as (...args: unknown[]) => Promise<unknown>;
      return [name, (...args: unknown[]) => Promise.race([call(...args), broken])];
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
      worker.terminate();
    },
  };
}
