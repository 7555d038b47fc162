import { closeSync, fdatasync, openSync, readFileSync, write } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { syncDirectory } from '../store/append-log.ts';

const append = promisify(write);
const sync = promisify(fdatasync);

/** What was given to whom. */
export interface Disclosure {
  /** Absent where the member answers everybody. */
  account?: Address | undefined;
  /** As what the account was allowed to. */
  as: 'sequencer' | 'auditor' | 'party' | 'public';
  what: 'bundle' | 'genesis' | 'proof' | 'evidence' | 'disclosures';
  /** The commitment or the transaction. */
  subject?: Hex | undefined;
  block?: bigint | undefined;
}

export interface DisclosureEntry extends Omit<Disclosure, 'block'> {
  /** ISO 8601. */
  at: string;
  block?: string | undefined;
}

/**
 * What a member gave out: one line of JSON each in `disclosures.jsonl`, which only grows. An answer leaves after its
 * line is on the disk.
 */
export class DisclosureLog {
  readonly #file: string;
  readonly #descriptor: number;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;

  private constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  static open(directory: string): DisclosureLog {
    const file = path.join(directory, 'disclosures.jsonl');
    const log = new DisclosureLog(file, openSync(file, 'a', 0o600));
    syncDirectory(directory);
    // A line that a crash cut short must not swallow the next one.
    const content = readFileSync(file);
    if (content.length > 0 && content.at(-1) !== 10) log.#waiting.push('\n');
    return log;
  }

  /** @throws `DISCLOSURE_UNRECORDED`: then nothing may be given out */
  async record({ block, ...disclosure }: Disclosure): Promise<void> {
    const entry: DisclosureEntry = {
      at: new Date().toISOString(),
      ...disclosure,
      ...(block !== undefined && { block: block.toString() }),
    };
    this.#waiting.push(`${JSON.stringify(entry)}\n`);
    // What is being written may have left without this line: then it goes with the next write.
    while (this.#waiting.length > 0 || this.#writing) {
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    const lines = this.#waiting.splice(0).join('');
    try {
      await append(this.#descriptor, lines);
      await sync(this.#descriptor);
    } catch (cause) {
      throw new HskError(
        'DISCLOSURE_UNRECORDED',
        'The disclosure could not be recorded, so nothing is given',
        {
          action: 'Free disk space, then ask again.',
          cause,
        },
      );
    }
  }

  /** The newest lines, oldest first. */
  entries(limit = 1000): DisclosureEntry[] {
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .slice(-limit)
      .map((line) => JSON.parse(line) as DisclosureEntry);
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    closeSync(this.#descriptor);
  }
}
