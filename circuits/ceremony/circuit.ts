import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A circuit that a key is made for. */
export interface CircuitSource {
  /** Of its artefacts: `<name>.r1cs` and so on. */
  name: string;
  /** The .circom file. */
  file: string;
}

export const ZKID: CircuitSource = { name: 'zkid', file: path.join(import.meta.dirname, '../zkid.circom') };

export interface CompiledCircuit {
  name: string;
  r1cs: string;
  wasm: string;
  /** Names of the wires. */
  sym: string;
}

/** Compiles with circom2 at O1 into a folder. O2 would substitute the wires that keep the key small. */
export function compileCircuit({ name, file }: CircuitSource, into: string): CompiledCircuit {
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  const base = path.basename(file, '.circom');
  execFileSync(
    process.execPath,
    [circom, path.basename(file), '--r1cs', '--wasm', '--sym', '--O1', '-o', into],
    { cwd: path.dirname(file), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  copyFileSync(path.join(into, `${base}_js`, `${base}.wasm`), path.join(into, `${base}.wasm`));
  const at = (extension: string) => path.join(into, `${base}.${extension}`);
  return { name, r1cs: at('r1cs'), wasm: at('wasm'), sym: at('sym') };
}

/** A folder for the work, gone afterwards. */
export async function inWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'zkid-ceremony-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
