import type { Address } from 'viem';
import { type Application, type ApplicationForm, parseApplication } from '../protocol/issuance.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import { commitment, type Credential, dateNumber, leaf } from '../protocol/zkid.ts';
import { chunkOf, parseChunk, type Subtree } from '../protocol/zkid-tree.ts';
import { HskError } from '../protocol/errors.ts';
import { admissionRequest } from './admission.ts';
import { type CredentialStore, indexedDbCredentials } from './credential-store.ts';
import { assessEligibility, type RuleResult } from './eligibility.ts';
import { applyForCredential, fetchChunk } from './issuer-client.ts';
import type { ProverApi, ProvingProgress, ZkidProof } from './prover-api.ts';

export interface HolderOptions {
  profile: ChainProfile;
  /** The holder's secret, from the vault. */
  secret: () => Promise<bigint>;
  /** The prover, prepared or being so; called when something is to be proven. */
  prover: () => Promise<Pick<ProverApi, 'prove' | 'proveAhead'>>;
  store?: CredentialStore;
  fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/**
 * How long a fetched part of the tree serves. Fetching ahead of the proof keeps the issuer from telling by
 * the hour who proves; far below a root's lifetime, so that the registry still knows it.
 */
const SUBTREE_AGE = 3_600_000;

/** The person at this browser: applies, keeps the credential, says why not, proves. */
export class Holder {
  readonly #options: HolderOptions;
  readonly #store: CredentialStore;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;

  constructor(options: HolderOptions) {
    this.#options = options;
    this.#store = options.store ?? indexedDbCredentials();
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#now = options.now ?? Date.now;
  }

  async credential(): Promise<Credential | undefined> {
    return this.#store.get(this.#issuerId, commitment(await this.#options.secret()).toString());
  }

  /** Every rule of the product's policy with its answer; `undefined` without a credential. */
  async assess(product: Pick<Product, 'policy'>): Promise<RuleResult[] | undefined> {
    const credential = await this.credential();
    return credential && assessEligibility(credential.attributes, product.policy, this.#today);
  }

  /**
   * Sends the form to the issuer and keeps the credential.
   *
   * @throws `ApplicationError`, `ISSUER_IN_REVIEW`, and what `applyForCredential` throws
   */
  async apply(form: ApplicationForm): Promise<Credential> {
    const application: Application = parseApplication(
      { ...form, commitment: commitment(await this.#options.secret()).toString() },
      this.#today,
    );
    const { status } = await applyForCredential(this.#issuer, application, this.#fetch);
    if (status.state !== 'issued')
      throw new HskError('ISSUER_IN_REVIEW', 'The issuer has not decided yet', { details: status.state });
    const { credential } = status;
    await this.#store.put(this.#issuerId, credential);
    // Ahead of time; proving fetches it itself when this fails.
    await this.#fetchSubtree(chunkOf(credential.index)).catch(() => undefined);
    return credential;
  }

  /**
   * Proves that `wallet` may hold the product.
   *
   * @throws `PROVER_NO_CREDENTIAL`, `PROVER_LEAF_ABSENT`, and what the issuer's client and the prover throw
   */
  async prove(
    product: Pick<Product, 'token' | 'policy' | 'scopeTag'>,
    wallet: Address,
    progress: (progress: ProvingProgress) => void = () => undefined,
  ): Promise<ZkidProof> {
    const { prover, request } = await this.#toProve(product, wallet);
    return prover.prove(request, progress);
  }

  /**
   * Does ahead what that proof needs, so that it is made at once when it is asked for; loads the circuit.
   *
   * @throws as `prove`
   */
  async proveAhead(product: Pick<Product, 'token' | 'policy' | 'scopeTag'>, wallet: Address): Promise<void> {
    const { prover, request } = await this.#toProve(product, wallet);
    await prover.proveAhead(request);
  }

  async #toProve(product: Pick<Product, 'token' | 'policy' | 'scopeTag'>, wallet: Address) {
    const credential = await this.credential();
    if (!credential)
      throw new HskError('PROVER_NO_CREDENTIAL', 'There is no credential of this wallet here', {
        action: 'Apply to the issuer first.',
      });
    const [secret, prover, subtree] = await Promise.all([
      this.#options.secret(),
      this.#options.prover(),
      this.#subtreeWith(credential),
    ]);
    const { chainId } = this.#options.profile.execution;
    const request = admissionRequest({
      credential,
      secret,
      subtree,
      product,
      chainId,
      wallet,
      today: this.#today,
    });
    return { prover, request };
  }

  get #today(): number {
    return dateNumber(Math.floor(this.#now() / 1000));
  }

  get #issuer(): string {
    return this.#options.profile.services.issuer;
  }

  get #issuerId(): string {
    return `${this.#issuer} ${this.#options.profile.execution.contracts.identityRegistry}`;
  }

  async #subtreeWith(credential: Credential): Promise<Subtree> {
    const chunk = chunkOf(credential.index);
    const kept = await this.#store.subtree(this.#issuerId, chunk);
    const fresh = kept && this.#now() - kept.fetchedAt < SUBTREE_AGE ? parsed(kept.bytes, chunk) : undefined;
    if (fresh && holds(fresh, credential)) return fresh;
    const subtree = await this.#fetchSubtree(chunk);
    if (holds(subtree, credential)) return subtree;
    await this.#store.remove(this.#issuerId, credential.commitment);
    throw new HskError('PROVER_LEAF_ABSENT', "The credential is not in the issuer's tree any more", {
      details: `leaf ${credential.index}`,
      action: 'It was revoked or issued again elsewhere. Apply again.',
    });
  }

  async #fetchSubtree(chunk: number): Promise<Subtree> {
    const bytes = await fetchChunk(this.#issuer, chunk, this.#fetch);
    const subtree = parseChunk(bytes, chunk);
    await this.#store.putSubtree(this.#issuerId, chunk, { bytes, fetchedAt: this.#now() });
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
