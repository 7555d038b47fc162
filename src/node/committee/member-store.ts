import { mkdirSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import type { Hex } from 'viem';
import { type Attestation, parseAttestation } from '../../protocol/attestation.ts';
import { bigintToString } from '../../protocol/evidence.ts';
import { HskError } from '../../protocol/errors.ts';
import { hex, object, optional, type Parser } from '../../protocol/parse.ts';
import { type Equivocation, parseEquivocation } from './equivocation.ts';

/** What a member keeps about one block number. */
export interface Vote {
  attestation: Attestation;
  /** Of the attestation. */
  digest: Hex;
  /** The sequencer's, over `proposalText(digest)`. */
  proposer: Hex;
  /** The member's own; absent where an earlier committee signed and this member only holds the data. */
  signature?: Hex | undefined;
  /** What the committee made of it, once the sequencer handed it on. */
  certificate?: Certificate | undefined;
}

/** The rest of a signed attestation. */
export interface Certificate {
  bitmap: Hex;
  signature: Hex;
}

/** Where a transaction stands. */
export interface Place {
  blockNumber: bigint;
  index: number;
}

/** What one block adds to the store, in one batch. */
export interface Entry {
  vote: Vote;
  /** The vote on the block before, when it gained its certificate. */
  before?: Vote | undefined;
  bundle: Uint8Array;
  transactions: readonly Hex[];
  genesis?: Uint8Array | undefined;
}

const GENESIS = 'genesis';
const bundleKey = (commitment: Hex) => `bundle:${commitment}`;
const voteKey = (number: bigint) => `vote:${number.toString().padStart(20, '0')}`;
const transactionKey = (hash: Hex) => `transaction:${hash}`;
const evidenceKey = ({ second }: Equivocation, digest: Hex) =>
  `evidence:${second.attestation.blockNumber.toString().padStart(20, '0')}:${digest}`;

/** Proofs of more equivocations than these add nothing. */
const MOST_EVIDENCE = 1000;

/** A member's data on disk. What `add` and `addEvidence` resolved for is durable. */
export class MemberStore {
  readonly #level: ClassicLevel<string, Uint8Array>;

  private constructor(level: ClassicLevel<string, Uint8Array>) {
    this.#level = level;
  }

  /** @throws `STORE_OPEN_FAILED` */
  static async open(directory: string): Promise<MemberStore> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const level = new ClassicLevel<string, Uint8Array>(directory, { valueEncoding: 'view' });
    await level.open().catch((cause: unknown) => {
      throw new HskError('STORE_OPEN_FAILED', "The member's database cannot be opened", {
        details: directory,
        action: 'Stop the process that uses it, or restore it from a backup.',
        cause,
      });
    });
    return new MemberStore(level);
  }

  async add({ vote, before, bundle, transactions, genesis }: Entry): Promise<void> {
    const { blockNumber, dataHash } = vote.attestation;
    await this.#level.batch(
      [
        ...(genesis ? [put(GENESIS, genesis)] : []),
        ...(before ? [put(voteKey(before.attestation.blockNumber), encode(before))] : []),
        put(bundleKey(dataHash), bundle),
        put(voteKey(blockNumber), encode(vote)),
        ...transactions.map((hash, index) =>
          put(transactionKey(hash), encode({ blockNumber: blockNumber.toString(), index })),
        ),
      ],
      { sync: true },
    );
  }

  async newest(): Promise<Vote | undefined> {
    const [value] = await this.#level.values({ gte: 'vote:', lt: 'vote;', reverse: true, limit: 1 }).all();
    return value && decodeVote(value);
  }

  async vote(blockNumber: bigint): Promise<Vote | undefined> {
    const value = await this.#level.get(voteKey(blockNumber));
    return value && decodeVote(value);
  }

  bundle(commitment: Hex): Promise<Uint8Array | undefined> {
    return this.#level.get(bundleKey(commitment));
  }

  genesis(): Promise<Uint8Array | undefined> {
    return this.#level.get(GENESIS);
  }

  async place(transaction: Hex): Promise<Place | undefined> {
    const value = await this.#level.get(transactionKey(transaction));
    if (!value) return undefined;
    const { blockNumber, index } = JSON.parse(text(value)) as { blockNumber: string; index: number };
    return { blockNumber: BigInt(blockNumber), index };
  }

  /** Once for each second proposal; `digest` is of its attestation. */
  async addEvidence(evidence: Equivocation, digest: Hex): Promise<void> {
    const key = evidenceKey(evidence, digest);
    const kept = await this.#level.keys({ gte: 'evidence:', lt: 'evidence;', limit: MOST_EVIDENCE }).all();
    if (kept.includes(key) || kept.length >= MOST_EVIDENCE) return;
    await this.#level.put(key, encode(evidence), { sync: true });
  }

  async evidence(): Promise<Equivocation[]> {
    const values = await this.#level.values({ gte: 'evidence:', lt: 'evidence;' }).all();
    return values.map((value) => parseEquivocation(JSON.parse(text(value)), 'evidence'));
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}

function put(key: string, value: Uint8Array) {
  return { type: 'put' as const, key, value };
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, bigintToString));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export const parseCertificate: Parser<Certificate> = object<Certificate>({
  bitmap: hex(),
  signature: hex(48),
});

export const parseVote: Parser<Vote> = object<Vote>({
  attestation: parseAttestation,
  digest: hex(32),
  proposer: hex(65),
  signature: optional(hex(48)),
  certificate: optional(parseCertificate),
});

function decodeVote(bytes: Uint8Array): Vote {
  return parseVote(JSON.parse(text(bytes)), 'vote');
}
