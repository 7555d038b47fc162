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

// GPL-3.0: they build and check the artefacts. bn128.wasm of wasmcurves, unchanged, is a file of its own that the
// prover's worker loads (README, licences).
test('nothing that ships imports snarkjs, ffjavascript, wasmcurves or circom', () => {
  assert.deepEqual(
    importers((specifier) => /^(?:snarkjs|ffjavascript|wasmcurves|circom2|@iden3\/.*)$/.test(specifier)),
    [],
  );
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => /snarkjs|ffjavascript|wasmcurves|circom/.test(name)),
    [],
  );
});

test('bn128.wasm is the file of the wasmcurves package, to the byte', () => {
  const read = (file: string) => readFileSync(path.join(root, file));
  assert.ok(read('circuits/artifacts/bn128.wasm').equals(read('node_modules/wasmcurves/build/bn128.wasm')));
});

test('only the prover worker reaches the prover', () => {
  assert.deepEqual(importers(resolves('src/identity/prove.ts')), ['src/identity/prover.ts']);
  assert.deepEqual(importers(resolves('src/identity/prover.ts')), ['workers/prover.worker.ts']);
  const byImport = importers(resolves('workers/prover.worker.ts')).filter(
    (file) => !/new URL\(\s*'[^']*prover\.worker\.ts'/.test(readFileSync(path.join(root, file), 'utf8')),
  );
  assert.deepEqual(byImport, []);
});
