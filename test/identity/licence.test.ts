import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['src', 'workers', 'demo'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs)$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => path.join(folder, file)),
);

/** Files that import `target`, types aside. */
function importers(target: (specifier: string, file: string) => boolean): string[] {
  return sources.filter((file) => {
    const code = readFileSync(path.join(root, file), 'utf8');
    return [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].some(([statement, specifier]) => {
      const before = code
        .slice(0, code.indexOf(statement))
        .split(/;\s*\n/)
        .at(-1)!;
      return !/^\s*(?:import|export) type\b/m.test(before) && target(specifier!, file);
    });
  });
}

const resolves = (to: string) => (specifier: string, file: string) =>
  specifier.startsWith('.') && path.join(path.dirname(file), specifier) === to;

// snarkjs is GPL-3.0: it may stand in the prover worker's own chunk and nowhere else (README, licences).
test('only the prover worker reaches snarkjs', () => {
  assert.deepEqual(
    importers((specifier) => specifier === 'snarkjs'),
    ['src/identity/prove.ts'],
  );
  assert.deepEqual(importers(resolves('src/identity/prove.ts')), ['src/identity/prover.ts']);
  assert.deepEqual(importers(resolves('src/identity/prover.ts')), ['workers/prover.worker.ts']);
  const byImport = importers(resolves('workers/prover.worker.ts')).filter(
    (file) => !/new URL\(\s*'[^']*prover\.worker\.ts'/.test(readFileSync(path.join(root, file), 'utf8')),
  );
  assert.deepEqual(byImport, []);
});
