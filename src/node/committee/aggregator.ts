import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { type Hex, numberToHex, zeroHash } from 'viem';
import {
  type Attestation,
  attestationDigest,
  type Committee as CommitteeKeys,
  parseSignedAttestation,
  type SignedAttestation,
} from '../../protocol/attestation.ts';
import { PreparedCommittee } from '../../protocol/bls.ts';
import { HskError } from '../../protocol/errors.ts';
import { outputRoot } from '../../protocol/output-root.ts';
import type { Chain } from '../chain/chain.ts';
import { aggregateSignatures, verifyAggregate } from './bls.ts';
import { bundleHash, encodeBundle } from './bundle.ts';
import { ATTESTATION_LIFETIME, type CommitteeTerms, type Proposal } from './check-proposal.ts';
import { gather } from './gather.ts';
import type { MemberEndpoint } from './member.ts';

export interface AggregatorOptions {
  directory: string;
  chain: Pick<Chain, 'block' | 'head' | 'onBlock' | 'request'>;
  terms: CommitteeTerms;
  committee: CommitteeKeys;
  members: readonly MemberEndpoint[];
  /** Milliseconds that a member may stay silent. */
  timeout?: number;
  report: (message: string) => void;
}

const RETRY_MS = 1000;
const GRACE_MS = 40;

/**
 * Follows the execution chain block by block, gathers the members' signatures and keeps the chain of
 * attestations. Everything it signs over follows from the blocks, so after a crash it proposes the same.
 */
export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #committee: PreparedCommittee;
  readonly #store: ClassicLevel<string, string>;
  readonly #listeners = new Set<(attestation: SignedAttestation) => void>();
  readonly #stopFollowing: () => void;
  #latest: SignedAttestation | undefined;
  #pumping: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    options: AggregatorOptions,
    store: ClassicLevel<string, string>,
    latest: SignedAttestation | undefined,
  ) {
    this.#options = options;
    this.#committee = new PreparedCommittee(options.committee);
    this.#store = store;
    this.#latest = latest;
    this.#stopFollowing = options.chain.onBlock(() => this.#wake());
    this.#wake();
  }

  static async open(options: AggregatorOptions): Promise<Aggregator> {
    const store = new ClassicLevel<string, string>(path.join(options.directory, 'attestations'));
    await store.open();
    let latest: SignedAttestation | undefined;
    for await (const value of store.values({ reverse: true, limit: 1 })) latest = decode(value);
    return new Aggregator(options, store, latest);
  }

  get latest(): SignedAttestation | undefined {
    return this.#latest;
  }

  async attestation(blockNumber: bigint): Promise<SignedAttestation | undefined> {
    const value = await this.#store.get(keyOf(blockNumber));
    return value === undefined ? undefined : decode(value);
  }

  /** Called with every new attestation, in order. */
  onAttested(listener: (attestation: SignedAttestation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopFollowing();
    clearTimeout(this.#retry);
    await this.#pumping;
    await this.#store.close();
  }

  #wake(): void {
    if (this.#closed) return;
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #pump(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      for (let next = this.#next(); next <= this.#options.chain.head().header.number; next = this.#next()) {
        if (this.#closed) return;
        await this.#attest(next);
      }
    } catch (error) {
      if (this.#closed) return;
      this.#options.report(error instanceof Error ? error.message : String(error));
      this.#retry = setTimeout(() => this.#wake(), RETRY_MS);
    }
  }

  #next(): bigint {
    return (this.#latest?.attestation.blockNumber ?? 0n) + 1n;
  }

  async #attest(blockNumber: bigint): Promise<void> {
    const { members, terms, timeout = 2000 } = this.#options;
    const proposal = await this.#propose(blockNumber, this.#latest);
    const digest = attestationDigest(terms.domain, proposal.attestation);
    const { answers } = await gather(
      members.map((member) => () => this.#ask(member, proposal)),
      { threshold: this.#committee.threshold, timeout, grace: GRACE_MS },
    );
    const signed = this.#aggregate(proposal.attestation, digest, answers);
    await this.#store.put(keyOf(blockNumber), encode(signed), { sync: true });
    this.#latest = signed;
    for (const listener of this.#listeners) listener(signed);
  }

  /** A member that missed blocks is first shown those; it signs them too, late. */
  async #ask(member: MemberEndpoint, proposal: Proposal): Promise<Hex> {
    try {
      return await member.sign(proposal);
    } catch (error) {
      if (!(error instanceof HskError) || error.code !== 'COMMITTEE_BEHIND') throw error;
    }
    for (
      let missing = (await member.tip()).blockNumber + 1n;
      missing < proposal.attestation.blockNumber;
      missing++
    )
      await member.sign(await this.#propose(missing, await this.attestation(missing - 1n)));
    return member.sign(proposal);
  }

  async #propose(blockNumber: bigint, before: SignedAttestation | undefined): Promise<Proposal> {
    const { chain, terms } = this.#options;
    const block = chain.block(blockNumber);
    if (!block)
      throw new HskError('COMMITTEE_BLOCK_MISSING', 'The execution chain does not have this block', {
        details: `block ${blockNumber}`,
      });
    const bundle = encodeBundle(block);
    const { accountProof, storageHash } = (await chain.request('eth_getProof', [
      terms.lockbox,
      [],
      numberToHex(blockNumber),
    ])) as { accountProof: Hex[]; storageHash: Hex };
    const { header, hash } = block;
    return {
      bundle,
      lockboxProof: accountProof,
      attestation: {
        executionChainId: BigInt(terms.executionChainId),
        epoch: terms.epoch,
        committeeHash: terms.committeeHash,
        blockNumber,
        blockHash: hash,
        outputRoot: outputRoot({
          stateRoot: header.stateRoot,
          messagePasserStorageRoot: storageHash,
          latestBlockhash: hash,
        }),
        dataHash: bundleHash(bundle),
        dataLength: BigInt(bundle.length),
        expiry: header.timestamp + ATTESTATION_LIFETIME,
        previous: before ? attestationDigest(terms.domain, before.attestation) : zeroHash,
      },
    };
  }

  /** Verified before it is published; when it fails, the members whose signature is wrong are left out. */
  #aggregate(attestation: Attestation, digest: Hex, answers: Map<number, Hex>): SignedAttestation {
    const { points, size, threshold } = this.#committee;
    const holds = (signature: Hex, signers: readonly number[]): boolean => {
      try {
        const keys = signers.map((index) => points[index]!);
        return verifyAggregate(digest, signature, keys);
      } catch {
        return false;
      }
    };
    const sorted = [...answers].toSorted(([a], [b]) => a - b);
    const build = (votes: readonly [number, Hex][]): SignedAttestation | undefined => {
      const signers = votes.map(([index]) => index);
      try {
        const signature = aggregateSignatures(votes.map(([, vote]) => vote));
        if (holds(signature, signers)) return { attestation, bitmap: bitmapOf(signers, size), signature };
      } catch {
        // A vote that is no point at all: the votes are looked at one by one below.
      }
      return undefined;
    };
    const all = build(sorted);
    if (all) return all;
    const good = sorted.filter(([index, vote]) => holds(vote, [index]));
    const some = good.length < threshold ? undefined : build(good);
    if (some) return some;
    throw new HskError('COMMITTEE_BELOW_THRESHOLD', 'Too few committee members signed correctly', {
      details: `${good.length} of ${threshold}`,
    });
  }
}

/** Member i is bit i & 7 of byte i >> 3. */
export function bitmapOf(indices: readonly number[], members: number): Hex {
  const bytes = new Uint8Array(Math.ceil(members / 8));
  for (const index of indices) bytes[index >> 3]! |= 1 << (index & 7);
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

function keyOf(blockNumber: bigint): string {
  return blockNumber.toString().padStart(20, '0');
}

/** JSON as it goes over the wire: integers as decimal strings. */
export function encodeSignedAttestation(signed: SignedAttestation): unknown {
  return JSON.parse(encode(signed));
}

function encode(signed: SignedAttestation): string {
  return JSON.stringify(signed, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function decode(value: string): SignedAttestation {
  return parseSignedAttestation(JSON.parse(value), 'attestation');
}
