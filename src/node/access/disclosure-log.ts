import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Address } from 'viem';
import { AppendLog } from '../store/append-log.ts';

/** One answer to a private read. */
export interface DisclosureRecord {
  /** Seconds since 1970. */
  time: number;
  /** Whose session was answered. */
  account: Address;
  /** True when the session saw it as an auditor. */
  auditor: boolean;
  method: string;
  /** The parameters, cut to a length. */
  what: string;
  /** Height of the head at the time. */
  block: number;
  /** Accounts that the answer is about. */
  about: Address[];
}

export interface DisclosureQuery {
  /** Only what this account was shown, or what was shown about it. */
  account: Address | undefined;
  /** Seconds since 1970, both included. */
  from: number;
  to: number;
  /** Only entries before this number; the numbers begin at 0. */
  before: number;
  limit: number;
}

/** Answers that are told apart from those before them, so that one repeated within a block is kept once. */
const REMEMBERED = 4096;

/**
 * Every disclosure, in a file that only grows. `keep` resolves when the record is on the disk, which is before
 * the answer leaves.
 */
export class DisclosureLog {
  readonly #log: AppendLog;
  /** Where each record begins, and which are of an account. */
  readonly #offsets: number[];
  readonly #byAccount: Map<Address, number[]>;
  /** Records below this number are on the disk; they come there in order. */
  #durable: number;
  readonly #recent = new Map<string, Promise<unknown>>();

  private constructor(log: AppendLog, offsets: number[], byAccount: Map<Address, number[]>) {
    this.#log = log;
    this.#offsets = offsets;
    this.#byAccount = byAccount;
    this.#durable = offsets.length;
  }

  /** @throws `STORE_LOG_CORRUPT` */
  static open(directory: string): DisclosureLog {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const offsets: number[] = [];
    const byAccount = new Map<Address, number[]>();
    const log = AppendLog.open(path.join(directory, 'disclosures.log'), 0, (payload, offset) => {
      index(byAccount, decode(payload), offsets.push(offset) - 1);
    });
    return new DisclosureLog(log, offsets, byAccount);
  }

  async keep(record: DisclosureRecord): Promise<void> {
    const { account, auditor, method, what, block } = record;
    const key = JSON.stringify([account, auditor, method, what, block]);
    const before = this.#recent.get(key);
    if (before) return void (await before);
    // The number is taken together with the place in the file.
    const number = this.#offsets.push(this.#log.end) - 1;
    const kept = this.#log.append(Buffer.from(JSON.stringify(record)));
    index(this.#byAccount, record, number);
    this.#recent.set(key, kept);
    for (const old of this.#recent.keys()) {
      if (this.#recent.size <= REMEMBERED) break;
      this.#recent.delete(old);
    }
    await kept;
    this.#durable = Math.max(this.#durable, number + 1);
  }

  /** The newest first. `next` is the `before` of the following page. */
  read({ account, from, to, before, limit }: DisclosureQuery): {
    disclosures: (DisclosureRecord & { number: number })[];
    next: number | undefined;
  } {
    const numbers = account === undefined ? undefined : (this.#byAccount.get(account) ?? []);
    const disclosures: (DisclosureRecord & { number: number })[] = [];
    for (let at = (numbers ?? this.#offsets).length - 1; at >= 0; at--) {
      const number = numbers ? numbers[at]! : at;
      if (number >= before || number >= this.#durable) continue;
      const record = decode(this.#log.read(this.#offsets[number]!));
      if (record.time > to) continue;
      if (record.time < from) break;
      if (disclosures.length === limit) return { disclosures, next: number + 1 };
      disclosures.push({ number, ...record });
    }
    return { disclosures, next: undefined };
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

function decode(payload: Uint8Array): DisclosureRecord {
  return JSON.parse(Buffer.from(payload).toString('utf8')) as DisclosureRecord;
}

function index(byAccount: Map<Address, number[]>, record: DisclosureRecord, number: number): void {
  for (const account of new Set([record.account, ...record.about])) {
    const numbers = byAccount.get(account);
    if (numbers) numbers.push(number);
    else byAccount.set(account, [number]);
  }
}
