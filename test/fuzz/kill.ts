import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killRun } from '../node/kill-run.ts';
import type { FuzzOptions } from './run.ts';

/** So many kill -9 of the execution chain under load, and a quarter as many of the mainchain. */
export async function fuzz({ runs, seed }: FuzzOptions): Promise<void> {
  for (const [kind, kills] of [
    ['execution', runs],
    ['mainchain', Math.ceil(runs / 4)],
  ] as const) {
    const directory = await mkdtemp(join(tmpdir(), 'hsk-kill-'));
    try {
      const say = (line: string) => console.log(`  ${kind}, ${line}`);
      const counts = await killRun({ kind, directory, kills, seed, say });
      console.log(
        `${kind}: ${counts.kills} kills (${counts.early} while starting), ${counts.acknowledged} transactions ` +
          `acknowledged, ${counts.found} found again (${counts.inBlocks} in blocks, the others in the pool), ` +
          `${counts.headsSeen} blocks seen and kept, ${counts.replayed} blocks executed again, ` +
          `${counts.rootsCompared} state roots compared`,
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
