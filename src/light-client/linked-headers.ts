import { type Hex, numberToHex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { Header } from '../protocol/header.ts';
import { headerFromRpc } from '../protocol/header-from-rpc.ts';
import type { BlockRef } from '../protocol/trust.ts';
import type { Transport } from './transport.ts';

/** A header with its hash by the rules of its own chain. */
export interface HashedHeader {
  header: Header;
  hash: Hex;
}

export function blockRef({ header, hash }: HashedHeader): BlockRef {
  return { number: header.number, hash, timestamp: header.timestamp };
}

/** The header a peer claims for this height. The hash is computed, never read. */
export async function fetchHeader(
  transport: Transport,
  tag: bigint | 'latest',
  hashOf: (header: Header) => Hex,
): Promise<HashedHeader> {
  const block = typeof tag === 'bigint' ? numberToHex(tag) : tag;
  const answer = await transport.request('eth_getBlockByNumber', [block, false]);
  if (answer === null || answer === undefined)
    throw new HskError('HEADER_MISSING', 'The endpoint does not have a block that should be there', {
      details: `block ${tag}`,
      action: 'The client asks again by itself.',
    });
  const header = headerFromRpc(answer);
  if (typeof tag === 'bigint' && header.number !== tag)
    throw new HskError('HEADER_OTHER_BLOCK', 'The endpoint answered with another block', {
      details: `asked ${tag}, got ${header.number}`,
    });
  return { header, hash: hashOf(header) };
}

/** Headers fetched in one batch. */
const STRIDE = 128n;

/**
 * Verified headers of one chain. A header enters because its own proof was checked (`admit`) or because a
 * verified header names it as an ancestor (`descend`).
 */
export class LinkedHeaders {
  readonly #byNumber = new Map<bigint, HashedHeader>();

  constructor(
    private readonly transport: Transport,
    private readonly hashOf: (header: Header) => Hex,
    private readonly limit = 8192,
  ) {}

  get(number: bigint): HashedHeader | undefined {
    return this.#byNumber.get(number);
  }

  /** @throws `CHAIN_FORK` when another header of this height was verified before. */
  admit(verified: HashedHeader): void {
    const { number } = verified.header;
    const known = this.#byNumber.get(number);
    if (known && known.hash !== verified.hash) throw new ForkError(known, verified);
    this.#byNumber.set(number, verified);
    // Oldest insertions leave first; a walk brings them back.
    for (const old of this.#byNumber.keys()) {
      if (this.#byNumber.size <= this.limit) break;
      this.#byNumber.delete(old);
    }
  }

  /** The lowest verified header at or above `number`. */
  nearestAbove(number: bigint): HashedHeader | undefined {
    let nearest: HashedHeader | undefined;
    for (const [height, entry] of this.#byNumber)
      if (height >= number && (!nearest || height < nearest.header.number)) nearest = entry;
    return nearest;
  }

  /**
   * Walks from a verified header down to `number` by parent hashes; everything passed is verified with it.
   *
   * @throws `HEADER_UNLINKED` when the peer's headers do not hash to what their child names
   * @throws `CHAIN_FORK` when the walk meets a verified header it contradicts
   */
  async descend(top: HashedHeader, number: bigint): Promise<HashedHeader> {
    let child = top;
    while (child.header.number > number) {
      const parent = this.#byNumber.get(child.header.number - 1n);
      if (parent) {
        if (parent.hash !== child.header.parentHash)
          throw new ForkError(parent, child, child.header.parentHash);
        child = parent;
        continue;
      }
      child = await this.#fetchBelow(child, number);
    }
    return child;
  }

  async #fetchBelow(top: HashedHeader, number: bigint): Promise<HashedHeader> {
    const missing: bigint[] = [];
    for (
      let height = top.header.number - 1n;
      height >= number && missing.length < Number(STRIDE) && !this.#byNumber.has(height);
      height--
    )
      missing.push(height);
    const fetched = await Promise.all(
      missing.map((height) => fetchHeader(this.transport, height, this.hashOf)),
    );
    let child = top;
    for (const parent of fetched) {
      if (parent.hash !== child.header.parentHash)
        throw new HskError('HEADER_UNLINKED', "A header does not hash to what its successor's parent names", {
          details: `block ${parent.header.number}: ${parent.hash}, named ${child.header.parentHash}`,
          action: 'The endpoint lies or is broken; nothing of this answer is used.',
        });
      this.admit(parent);
      child = parent;
    }
    return child;
  }
}

/** Two headers that cannot stand on one chain, both proven. */
export class ForkError extends HskError {
  /**
   * @param second of the same height as `first`, or the one above it
   * @param other the hash that it shows for the height of `first`
   */
  constructor(
    readonly first: HashedHeader,
    readonly second: HashedHeader,
    other: Hex = second.hash,
  ) {
    super('CHAIN_FORK', 'Two different blocks of the same height were both proven', {
      details: `block ${first.header.number}: ${first.hash} and ${other}`,
      action: 'Stop using this deployment and tell its operator: those who sign blocks signed both.',
    });
  }
}
