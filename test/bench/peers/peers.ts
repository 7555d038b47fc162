import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { root } from '../../support/stack.ts';
import type { SyncFigures } from './sync-once.ts';

export interface PeerFigures {
  name: string;
  /** KiB gzipped: what a page loads to follow Ethereum and answer `eth_getBalance`. */
  kib: number;
  /** Absent: it cannot do this from the recording. */
  sync: SyncFigures | undefined;
  readyMs: number;
}

/** What a page loads of each. Ours without the EVM, which comes with the first call; the others have theirs inside. */
const FILES = {
  ours: ['dist/worker/light-client-ethereum.js'],
  helios: ['node_modules/@a16z/helios/dist/lib.mjs'],
  colibri: [
    'c4w.wasm',
    'c4w.js',
    'index.js',
    'wasm.js',
    'wasm_shared.js',
    'strategy.js',
    'http.js',
    'chains.js',
  ].map((file) => `node_modules/@corpus-core/colibri-stateless/${file}`),
};

const NAMES = { ours: 'hsk-embed', helios: '@a16z/helios', colibri: '@corpus-core/colibri-stateless' };

/** Ours, Helios and Colibri on recorded answers of Ethereum's mainnet, each in a process of its own; medians. */
export async function measurePeers(runs = 5): Promise<PeerFigures[]> {
  const figures: PeerFigures[] = [];
  for (const key of ['ours', 'helios', 'colibri'] as const) {
    const measured: SyncFigures[] = [];
    for (let run = 0; run < runs; run++) measured.push(await syncOnce(key));
    const median = (field: keyof SyncFigures) =>
      measured.map((one) => one[field]).toSorted((a, b) => a - b)[Math.floor(runs / 2)]!;
    const readyMs = median('readyMs');
    figures.push({
      name: NAMES[key],
      kib: FILES[key].reduce((sum, file) => sum + gzipped(file), 0),
      readyMs,
      sync: key === 'colibri' ? undefined : { readyMs, syncMs: median('syncMs'), cpuMs: median('cpuMs') },
    });
  }
  return figures;
}

function gzipped(file: string): number {
  return gzipSync(readFileSync(path.join(root, file)), { level: 9 }).length / 1024;
}

async function syncOnce(name: string): Promise<SyncFigures> {
  const script = fileURLToPath(new URL('sync-once.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, name], {
    timeout: 60_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as SyncFigures;
}
