import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from '../keys/durable-file.ts';
import { syncDirectory } from '../store/append-log.ts';
import type { Seal } from './seal.ts';

/** One sealed file for each thing that is to be deleted on its own: forms, what is kept, documents. */
export class SealedFiles {
  readonly #directory: string;
  readonly #seal: Seal;
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(directory: string, seal: Seal) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
    this.#seal = seal;
    for (const name of readdirSync(directory)) {
      // What a crash left of a write that was never acknowledged.
      if (name.endsWith('.new')) rmSync(path.join(directory, name), { force: true });
      else this.#count(name, statSync(path.join(directory, name)).size);
    }
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  names(): string[] {
    return [...this.#sizes.keys()];
  }

  /** On the disk when it returns. */
  put(name: string, plain: Uint8Array): void {
    const sealed = this.#seal.seal(plain, name);
    writeDurably(path.join(this.#directory, name), sealed, 0o600);
    this.#count(name, sealed.length);
  }

  /** @throws `ISSUER_DAMAGED` */
  get(name: string): Buffer {
    return this.#seal.open(readFileSync(path.join(this.#directory, name)), name);
  }

  has(name: string): boolean {
    return this.#sizes.has(name);
  }

  delete(names: readonly string[]): void {
    const present = names.filter((name) => this.#sizes.has(name));
    if (present.length === 0) return;
    for (const name of present) {
      rmSync(path.join(this.#directory, name), { force: true });
      this.#bytes -= this.#sizes.get(name)!;
      this.#sizes.delete(name);
    }
    syncDirectory(this.#directory);
  }

  #count(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(name) ?? 0);
    this.#sizes.set(name, bytes);
  }
}
