import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '4.13.0';
export const DEPTH = 20;

/**
 * The folder with semaphore-20.wasm and .zkey of Semaphore v4. The package holds every depth in one archive of
 * 109 MB: too much for a dependency, so it is fetched by npm for the first benchmark and those two files kept.
 */
export function semaphoreArtefacts(): string {
  const folder = fileURLToPath(new URL(`../../../.cache/semaphore-${VERSION}`, import.meta.url));
  const files = ['wasm', 'zkey'].map((kind) => `semaphore-${DEPTH}.${kind}`);
  if (files.every((file) => existsSync(path.join(folder, file)))) return folder;
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['pack', `@zk-kit/semaphore-artifacts@${VERSION}`, '--silent'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))!;
  execFileSync('tar', ['xzf', archive, '--strip-components=1', ...files.map((file) => `package/${file}`)], {
    cwd: folder,
  });
  rmSync(path.join(folder, archive));
  return folder;
}
