import path from 'node:path';
import { HskError } from '../../protocol/errors.ts';
import { TREE } from '../../protocol/zkid.ts';
import { AppendLog } from '../store/append-log.ts';

/**
 * One leaf given out. Name, date of birth, country and document are not in it: the leaf is a commitment to
 * them, and the holder keeps the credential.
 */
interface Entry {
  index: number;
  /** Decimal. */
  leaf: string;
  commitment: string;
  person: string;
  generation: number;
  /** Indices that this credential takes the place of. */
  removes: number[];
  /** Seconds since 1970; the consent was given with it. */
  at: number;
}

/** Leaves that were taken out: revoked, lapsed, matched by screening. */
interface Removal {
  removes: number[];
  at: number;
}

export interface Issued {
  commitment: string;
  person: string;
  generation: number;
  leaf: bigint;
  /** Seconds since 1970. */
  at: number;
}

export interface LeafChange {
  index: number;
  leaf: bigint;
}

/**
 * What stands at the index of a removed leaf: nobody knows an opening of it. Not zero, and no index is used
 * twice, so that the tree never returns to an earlier root, which the registry would refuse to post.
 */
export const REMOVED = 1n;

const CAPACITY = TREE.arity ** TREE.depth;
const MAX_GENERATION = 7;

/** Who holds which leaf: an append-only file, read again on every start. */
export class IssuerLedger {
  readonly #log: AppendLog;
  readonly #byCommitment = new Map<string, Entry>();
  readonly #byPerson = new Map<string, Entry>();
  readonly #live = new Map<number, Entry>();
  #next = 0;

  private constructor(log: AppendLog, records: readonly (Entry | Removal)[]) {
    this.#log = log;
    for (const record of records) this.#remember(record);
  }

  /** Shows every change in order. @throws `STORE_LOG_CORRUPT` */
  static open(directory: string, visit: (change: LeafChange) => void): IssuerLedger {
    const records: (Entry | Removal)[] = [];
    const log = AppendLog.open(path.join(directory, 'credentials.log'), 0, (payload) => {
      const record = JSON.parse(Buffer.from(payload).toString('utf8')) as Entry | Removal;
      records.push(record);
      for (const change of changesOf(record)) visit(change);
    });
    return new IssuerLedger(log, records);
  }

  /**
   * How often this person was given a credential with another wallet: policies may refuse who changes often.
   *
   * @throws `ISSUER_REISSUED_TOO_OFTEN`
   */
  generation(commitment: string, person: string): number {
    const earlier = this.#byPerson.get(person);
    const moved = earlier !== undefined && earlier.commitment !== commitment;
    const own = this.#byCommitment.get(commitment)?.generation ?? 0;
    const generation = Math.max(own, moved ? earlier.generation + 1 : 0);
    if (generation > MAX_GENERATION)
      throw new HskError('ISSUER_REISSUED_TOO_OFTEN', 'This person was given a new credential too often', {
        details: `${MAX_GENERATION} times`,
        action: 'Use the wallet that holds the last one.',
      });
    return generation;
  }

  /** @throws `ISSUER_TREE_FULL` */
  requireSpace(): void {
    if (this.#next < CAPACITY) return;
    throw new HskError('ISSUER_TREE_FULL', 'This issuer has given out all its credentials', {
      details: `${CAPACITY}`,
    });
  }

  isLive(index: number): boolean {
    return this.#live.has(index);
  }

  /** Leaves in the tree with the time at which each was given out. */
  live(): { index: number; at: number }[] {
    return [...this.#live.values()].map(({ index, at }) => ({ index, at }));
  }

  /** Takes leaves out of the tree; those that are out already stay so. Resolves when it is on the disk. */
  async remove(indices: readonly number[], at: number): Promise<LeafChange[]> {
    const removes = indices.filter((index) => this.#live.has(index));
    if (removes.length === 0) return [];
    const removal: Removal = { removes, at };
    await this.#log.append(Buffer.from(JSON.stringify(removal)));
    this.#remember(removal);
    return changesOf(removal);
  }

  /**
   * Gives out a leaf, and removes what the wallet and the person held before, so that nobody holds two.
   * Resolves when it is on the disk; one record, so all of it or nothing.
   *
   * @throws `ISSUER_TREE_FULL`
   */
  async issue(issued: Issued): Promise<{ index: number; changes: LeafChange[] }> {
    const { commitment, person } = issued;
    const leaf = issued.leaf.toString();
    const held = [this.#byCommitment.get(commitment), this.#byPerson.get(person)].filter(
      (entry): entry is Entry => entry !== undefined && this.#live.has(entry.index),
    );
    const same = held.find((entry) => entry.leaf === leaf);
    if (same && held.every((entry) => entry === same)) return { index: same.index, changes: [] };
    this.requireSpace();
    const removes = [...new Set(held.map((entry) => entry.index))];
    const entry: Entry = { ...issued, leaf, index: this.#next, removes };
    await this.#log.append(Buffer.from(JSON.stringify(entry)));
    this.#remember(entry);
    return { index: entry.index, changes: changesOf(entry) };
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #remember(record: Entry | Removal): void {
    for (const index of record.removes) this.#live.delete(index);
    if (!('leaf' in record)) return;
    for (const held of [this.#byCommitment.get(record.commitment), this.#byPerson.get(record.person)]) {
      if (!held) continue;
      this.#byCommitment.delete(held.commitment);
      this.#byPerson.delete(held.person);
    }
    this.#byCommitment.set(record.commitment, record);
    this.#byPerson.set(record.person, record);
    this.#live.set(record.index, record);
    this.#next = record.index + 1;
  }
}

function changesOf(record: Entry | Removal): LeafChange[] {
  const removed = record.removes.map((index) => ({ index, leaf: REMOVED }));
  return 'leaf' in record ? [...removed, { index: record.index, leaf: BigInt(record.leaf) }] : removed;
}
