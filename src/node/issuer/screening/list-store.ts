import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { HskError } from '../../../protocol/errors.ts';
import {
  type ListEntry,
  type ListImport,
  type ListState,
  parseListEntry,
} from '../../../protocol/issuer-desk.ts';
import { integer, list, object, text } from '../../../protocol/parse.ts';
import { writeDurably } from '../../keys/durable-file.ts';
import { syncDirectory } from '../../store/append-log.ts';
import { NameIndex } from './name-index.ts';
import { digestOf, parseSanctions } from './parse-sanctions.ts';

/** Versions of a list that are kept, with the one in use. */
const KEPT = 5;

interface SanctionsList {
  source: string;
  version: number;
  importedAt: number;
  sha256: string;
  entries: ListEntry[];
}

const parseList = object<SanctionsList>({
  source: text,
  version: integer,
  importedAt: integer,
  sha256: text,
  entries: list(parseListEntry, 500_000),
});

/**
 * DEMONSTRATION ONLY, and only until a list is imported: invented names, which show what screening does and screen
 * nobody.
 */
const DEMONSTRATION: SanctionsList = {
  source: 'demonstration',
  version: 1,
  importedAt: 0,
  sha256: '',
  entries: ['Igor Blacklist', 'Wanda Wanted', 'Victor Sanctioned', 'Mallory Embargo'].map((name) => ({
    id: name,
    name,
    aliases: [],
    kind: 'person',
    born: [],
    programme: 'DEMO',
    remarks: 'An invented name.',
  })),
};

export interface IndexedList extends SanctionsList {
  index: NameIndex;
}

/** The lists in use, one of each source; every import is a version of its own below `lists`. */
export class ListStore {
  readonly #directory: string;
  readonly #demonstration: IndexedList = indexed(DEMONSTRATION);
  readonly #lists = new Map<string, IndexedList>();
  #revision = 0;

  /** @throws `ISSUER_DAMAGED` */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
    for (const { source, version } of this.#files()) {
      if ((this.#lists.get(source)?.version ?? 0) < version)
        this.#lists.set(source, this.#read(source, version));
    }
  }

  current(): IndexedList[] {
    return this.#lists.size > 0 ? [...this.#lists.values()] : [this.#demonstration];
  }

  /** Another number whenever what is screened against is another. */
  get revision(): number {
    return this.#revision;
  }

  get demonstration(): boolean {
    return this.#lists.size === 0;
  }

  /** @param age seconds from which on a list is old */
  states(now: number, age: number): ListState[] {
    return this.current().map(({ source, version, importedAt, sha256, entries }) => ({
      source,
      version,
      importedAt,
      sha256,
      entries: entries.length,
      old: source !== DEMONSTRATION.source && now - importedAt > age,
    }));
  }

  /** Takes it into use, on the disk first. @throws `ISSUER_LIST_INVALID` */
  import(order: ListImport, at: number): ListState {
    const { source } = order;
    if (source === DEMONSTRATION.source)
      throw new HskError('ISSUER_LIST_INVALID', 'This is the name of the list that is built in', {
        details: source,
      });
    const entries = parseSanctions(order);
    const version = (this.#lists.get(source)?.version ?? 0) + 1;
    const taken = { source, version, importedAt: at, sha256: digestOf(order), entries };
    writeDurably(this.#file(source, version), gzipSync(JSON.stringify(taken)), 0o600);
    this.#lists.set(source, indexed(taken));
    this.#revision++;
    this.#delete(source, (older) => older <= version - KEPT);
    return { source, version, importedAt: at, sha256: taken.sha256, entries: entries.length, old: false };
  }

  /** Out of use, with all its versions. @throws `ISSUER_NO_SUCH_LIST` */
  remove(source: string): void {
    if (!this.#lists.has(source))
      throw new HskError('ISSUER_NO_SUCH_LIST', 'There is no such list', { details: source.slice(0, 40) });
    this.#delete(source, () => true);
    this.#lists.delete(source);
    this.#revision++;
  }

  #delete(source: string, which: (version: number) => boolean): void {
    for (const file of this.#files())
      if (file.source === source && which(file.version))
        rmSync(this.#file(source, file.version), { force: true });
    syncDirectory(this.#directory);
  }

  #files(): { source: string; version: number }[] {
    return readdirSync(this.#directory).flatMap((name) => {
      const match = /^([a-z0-9-]+)\.(\d+)\.json\.gz$/.exec(name);
      return match ? [{ source: match[1]!, version: Number(match[2]) }] : [];
    });
  }

  #read(source: string, version: number): IndexedList {
    const file = this.#file(source, version);
    try {
      return indexed(parseList(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')), 'list'));
    } catch (cause) {
      throw new HskError('ISSUER_DAMAGED', 'A list that is screened against cannot be read', {
        details: file,
        action: 'Restore it from a backup, or delete the file and import the list again.',
        cause,
      });
    }
  }

  #file(source: string, version: number): string {
    return path.join(this.#directory, `${source}.${version}.json.gz`);
  }
}

function indexed(one: SanctionsList): IndexedList {
  return { ...one, index: new NameIndex(one.entries) };
}
