import { type Credential, leaf } from '../protocol/zkid.ts';
import { chunkOf, parseChunk, type Subtree } from '../protocol/zkid-tree.ts';
import type { CredentialStore } from './credential-store.ts';
import { fetchChunk } from './issuer-client.ts';

/**
 * How long a fetched part of the tree serves. Fetching ahead of the proof keeps the issuer from telling by
 * the hour who proves; far below a root's lifetime, so that the registry still knows it.
 */
const SUBTREE_AGE = 3_600_000;

/** The parts of an issuer's tree in which the wallet's credentials stand: fetched on a schedule, never at a proof. */
export class Subtrees {
  constructor(
    private readonly store: CredentialStore,
    private readonly fetcher: typeof fetch,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
  ) {}

  /**
   * @param issuerId names the issuer and its registry
   * @returns the part in which the credential stands, or `undefined` when it stands there no longer
   * @throws as `fetchChunk`, `TREE_INVALID`
   */
  async around(issuer: string, issuerId: string, credential: Credential): Promise<Subtree | undefined> {
    const chunk = chunkOf(credential.index);
    const kept = await this.store.subtree(issuerId, chunk);
    const fresh = kept && this.now() - kept.fetchedAt < SUBTREE_AGE ? parsed(kept.bytes, chunk) : undefined;
    if (fresh && holds(fresh, credential)) return fresh;
    const subtree = await this.fetch(issuer, issuerId, chunk);
    return holds(subtree, credential) ? subtree : undefined;
  }

  /** @throws as `around` */
  async fetch(issuer: string, issuerId: string, chunk: number): Promise<Subtree> {
    const bytes = await fetchChunk(issuer, chunk, this.fetcher);
    const subtree = parseChunk(bytes, chunk);
    await this.store.putSubtree(issuerId, chunk, { bytes, fetchedAt: this.now() });
    return subtree;
  }
}

function parsed(bytes: Uint8Array, chunk: number): Subtree | undefined {
  try {
    return parseChunk(bytes, chunk);
  } catch {
    return undefined;
  }
}

function holds(subtree: Subtree, { index, commitment: owner, attributes }: Credential): boolean {
  return subtree.levels[0]![index % subtree.levels[0]!.length] === leaf(BigInt(owner), attributes);
}
