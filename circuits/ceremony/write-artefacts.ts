import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { r1cs as constraints, zKey } from 'snarkjs';
import { compactKey } from '../compact-key.ts';
import { wireClasses } from '../wire-classes.ts';
import type { CompiledCircuit } from './circuit.ts';
import { readAs } from './files.ts';

export const sha256 = (file: string): string =>
  `0x${createHash('sha256').update(readFileSync(file)).digest('hex')}`;

/**
 * Everything that is made from a zkey, and the pins of it, into a folder.
 *
 * @returns the names of the files
 */
export async function writeArtefacts(
  { name, r1cs, wasm, sym }: CompiledCircuit,
  zkey: string,
  { into, development }: { into: string; development: boolean },
): Promise<string[]> {
  mkdirSync(into, { recursive: true });
  const at = (file: string) => path.join(into, file);
  const vkey = await zKey.exportVerificationKey(readAs('zkey', zkey));
  const { nVars } = await constraints.info(readAs('r1cs', r1cs));
  const key = compactKey(readAs('zkey', zkey), wireClasses(readFileSync(sym, 'utf8'), nVars));
  const wasmcurves = (file: string) => createRequire(import.meta.url).resolve(`wasmcurves/${file}`);
  const files = [
    `${name}.r1cs`,
    `${name}.wasm`,
    `${name}.zkey`,
    `${name}.vkey.json`,
    `${name}.key.bin`,
    'bn128.wasm',
  ] as const;
  const [r1csFile, wasmFile, zkeyFile, vkeyFile, keyFile, curveFile] = files;
  copyFileSync(r1cs, at(r1csFile));
  copyFileSync(wasm, at(wasmFile));
  copyFileSync(zkey, at(zkeyFile));
  writeFileSync(at(vkeyFile), `${JSON.stringify(vkey, null, 1)}\n`);
  writeFileSync(at(keyFile), key);
  copyFileSync(wasmcurves('build/bn128.wasm'), at(curveFile));
  copyFileSync(wasmcurves('COPYING'), at(`${curveFile}.COPYING`));
  const pins = {
    name,
    r1cs: sha256(at(r1csFile)),
    wasm: sha256(at(wasmFile)),
    zkey: sha256(at(zkeyFile)),
    vkey: sha256(at(vkeyFile)),
    key: sha256(at(keyFile)),
    curve: sha256(at(curveFile)),
    development,
  };
  writeFileSync(at('pins.json'), `${JSON.stringify(pins, null, 2)}\n`);
  return [...files, `${curveFile}.COPYING`, 'pins.json'];
}
