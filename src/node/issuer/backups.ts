import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { hex, invalid, object, type Parser, text } from '../../protocol/parse.ts';
import { writeDurably } from '../keys/durable-file.ts';

const LARGEST_BACKUP = 4096;

/** A holder's own ciphertext, found by the holder alone: the issuer cannot open it, and does not know its owner by it. */
export interface Backup {
  locator: Hex;
  sealed: Hex;
}

/** @throws `PARSE_INVALID` */
export const parseBackup: Parser<Backup> = (value, path) => {
  const backup = object<Backup>({ locator: hex(32), sealed: hex() })(value, path);
  if (backup.sealed.length > 2 + 2 * LARGEST_BACKUP)
    throw invalid(`${path}.sealed`, `at most ${LARGEST_BACKUP} bytes`, backup.sealed);
  return backup;
};

const parseKept = object<{ commitment: string; sealed: Hex }>({ commitment: text, sealed: hex() });

/** One file for each locator. */
export class Backups {
  readonly #directory: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
  }

  /** @throws `ISSUER_BACKUP_TAKEN` when somebody else's lies there */
  put({ locator, sealed }: Backup, commitment: string): void {
    const file = this.#file(locator);
    if (existsSync(file) && this.#read(file).commitment !== commitment)
      throw new HskError('ISSUER_BACKUP_TAKEN', 'There is a backup of somebody else at this locator');
    writeDurably(file, JSON.stringify({ commitment, sealed }), 0o600);
  }

  /** @throws `ISSUER_NO_SUCH_BACKUP` */
  get(locator: string): Hex {
    // A locator that is no hex names no file.
    const file = /^0x[0-9a-fA-F]{64}$/.test(locator) ? this.#file(locator as Hex) : undefined;
    if (!file || !existsSync(file))
      throw new HskError('ISSUER_NO_SUCH_BACKUP', 'There is no such backup', {
        action: 'Apply to the issuer.',
      });
    return this.#read(file).sealed;
  }

  delete(locator: Hex): void {
    rmSync(this.#file(locator), { force: true });
  }

  #read(file: string): { commitment: string; sealed: Hex } {
    return parseKept(JSON.parse(readFileSync(file, 'utf8')), 'backup');
  }

  #file(locator: Hex): string {
    return path.join(this.#directory, locator.slice(2).toLowerCase());
  }
}
