import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../src/protocol/errors.ts';
import { sha256 } from './write-artefacts.ts';

/** The file of each pinned part. */
const FILES = {
  r1cs: '.r1cs',
  wasm: '.wasm',
  zkey: '.zkey',
  vkey: '.vkey.json',
  key: '.key.bin',
  curve: 'bn128.wasm',
} as const;

type Pins = Record<keyof typeof FILES | 'name', string>;

/**
 * Compares a folder of artefacts with pins: those in the folder, or those that somebody trusts.
 *
 * @returns the names of the files
 * @throws `CEREMONY_MISMATCH` naming the first file that is absent or another
 */
export function checkPins(folder: string, pinsFile = path.join(folder, 'pins.json')): string[] {
  const pins = JSON.parse(readFileSync(pinsFile, 'utf8')) as Pins;
  return Object.entries(FILES).map(([part, ending]) => {
    const name = ending.startsWith('.') ? `${pins.name}${ending}` : ending;
    const file = path.join(folder, name);
    const seen = existsSync(file) ? sha256(file) : 'absent';
    const pinned = pins[part as keyof typeof FILES];
    if (seen !== pinned)
      throw new HskError('CEREMONY_MISMATCH', 'A file of the circuit is not the one that is pinned', {
        details: `${name}: ${seen} instead of ${pinned}`,
        action: 'Take it from where the pins are from, or make it anew: npm run circuits',
      });
    return name;
  });
}
