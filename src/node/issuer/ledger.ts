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
  #next = 0;

  private constructor(log: AppendLog, entries: readonly Entry[]) {
    this.#log = log;
    for (const entry of entries) this.#remember(entry);
  }

  /** Shows every change in order. @throws `STORE_LOG_CORRUPT` */
  static open(directory: string, visit: (change: LeafChange) => void): IssuerLedger {
    const entries: Entry[] = [];
    const log = AppendLog.open(path.join(directory, 'credentials.log'), 0, (payload) => {
      const entry = JSON.parse(Buffer.from(payload).toString('utf8')) as Entry;
      entries.push(entry);
      for (const change of changesOf(entry)) visit(change);
    });
    return new IssuerLedger(log, entries);
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
      (entry): entry is Entry => entry !== undefined,
    );
    const same = held.find((entry) => entry.leaf === leaf);
    if (same && held.every((entry) => entry === same)) return { index: same.index, changes: [] };
    if (this.#next >= CAPACITY)
      throw new HskError('ISSUER_TREE_FULL', 'This issuer has given out all its credentials', {
        details: `${CAPACITY}`,
      });
    const removes = [...new Set(held.map((entry) => entry.index))];
    const entry: Entry = { ...issued, leaf, index: this.#next, removes };
    await this.#log.append(Buffer.from(JSON.stringify(entry)));
    this.#remember(entry);
    return { index: entry.index, changes: changesOf(entry) };
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #remember(entry: Entry): void {
    for (const held of [this.#byCommitment.get(entry.commitment), this.#byPerson.get(entry.person)]) {
      if (!held) continue;
      this.#byCommitment.delete(held.commitment);
      this.#byPerson.delete(held.person);
    }
    this.#byCommitment.set(entry.commitment, entry);
    this.#byPerson.set(entry.person, entry);
    this.#next = entry.index + 1;
  }
}

function changesOf(entry: Entry): LeafChange[] {
  return [
    ...entry.removes.map((index) => ({ index, leaf: REMOVED })),
    { index: entry.index, leaf: BigInt(entry.leaf) },
  ];
}
