/** One client in a process of its own: follows the recording and prints what that took as JSON. */
import { bootstrapStore, processUpdate } from '../../../src/protocol/sync-protocol.ts';
import { fromBeaconJson, parseBootstrap, parseSyncUpdate } from '../../../src/protocol/sync-update.ts';
import { MAINNET } from '../../protocol/mainnet-config.ts';
import { checkpoint, recorded, serveRecording } from './recorded-beacon.ts';

export interface SyncFigures {
  /** Milliseconds until it can begin: code compiled, client made. */
  readyMs: number;
  /** Milliseconds from there over bootstrap, six periods and the finality update. */
  syncMs: number;
  /** CPU of the whole process from the first moment on, in milliseconds. */
  cpuMs: number;
}

const CLIENTS = { ours, helios, colibri };

async function ours(): Promise<[ready: number, done: number]> {
  const ready = performance.now();
  const data = (json: unknown) => fromBeaconJson((json as { data: unknown }).data);
  let store = bootstrapStore(MAINNET, checkpoint, parseBootstrap(data(recorded.bootstrap), 'bootstrap'));
  for (const json of [...recorded.updates, recorded.finality]) {
    const update = parseSyncUpdate(data(json), 'update');
    store = processUpdate(MAINNET, store, update, update.signatureSlot);
  }
  return [ready, performance.now()];
}

async function helios(): Promise<[ready: number, done: number]> {
  const beacon = await serveRecording();
  // Written for browsers.
  Object.assign(globalThis, { window: globalThis });
  const { createHeliosProvider } = await import('@a16z/helios');
  const provider = await createHeliosProvider(
    { executionRpc: beacon.url, consensusRpc: beacon.url, network: 'mainnet', checkpoint, dbType: 'config' },
    'ethereum',
  );
  const ready = performance.now();
  await provider.waitSynced();
  return [ready, performance.now()];
}

/** It takes proofs of its own format from a prover, and none of the recording. */
async function colibri(): Promise<[ready: number, done: number]> {
  const file = new URL('../../../node_modules/@corpus-core/colibri-stateless/wasm.js', import.meta.url);
  const { getC4w } = (await import(file.href)) as { getC4w(): Promise<unknown> };
  await getC4w();
  const ready = performance.now();
  return [ready, ready];
}

const name = process.argv[2] as keyof typeof CLIENTS;
const begun = performance.now();
const cpu = process.cpuUsage();
const [ready, done] = await CLIENTS[name]();
const { user, system } = process.cpuUsage(cpu);
const figures: SyncFigures = {
  readyMs: ready - begun,
  syncMs: done - ready,
  cpuMs: (user + system) / 1000,
};
console.log(JSON.stringify(figures));
process.exit(0);
