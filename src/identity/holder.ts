import type { Address } from 'viem';
import type { ApplicationStatus, DocumentKind } from '../protocol/application-status.ts';
import { admitsBusinesses, countryDisclosure, type Disclosure } from '../protocol/country-disclosure.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import type { ApplicationForm } from '../protocol/issuance.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import { dateNumber, HolderKind, type Policy, policyHash } from '../protocol/zkid.ts';
import { chunkOf, type Subtree } from '../protocol/zkid-tree.ts';
import type { AgentMandate } from '../protocol/agent-mandate.ts';
import { admissionRequest } from './admission.ts';
import { Applications } from './applications.ts';
import { readCredentialFile, writeCredentialFile } from './credential-file.ts';
import { type CredentialStore, indexedDbCredentials } from './credential-store.ts';
import type { HolderKeys } from './holder-keys.ts';
import { HolderRecords, type KeptCredential, type Place } from './holder-records.ts';
import { fetchBackup } from './issuer-client.ts';
import { mandateRequest } from './mandate.ts';
import type { ProvenBy } from './proof-request.ts';
import type { ProofRequest, ProverApi, ProvingProgress, ZkidProof } from './prover-api.ts';
import {
  chooseApplication,
  chooseCredential,
  type HeldCredential,
  type PendingApplication,
  type Standing,
  standingTowards,
} from './standing.ts';
import { Subtrees } from './subtrees.ts';

export interface HolderOptions {
  profile: ChainProfile;
  /** Of the vault. */
  keys: HolderKeys;
  /** The prover, prepared or being so; called when something is to be proven. */
  prover: () => Promise<Pick<ProverApi, 'prove' | 'proveAhead'>>;
  store?: CredentialStore;
  fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** A product as far as a proof is about it. */
type Provable = Pick<Product, 'token' | 'policy' | 'scopeTag'>;

/**
 * The person at this browser: applies, keeps the credentials of several issuers and kinds, says why not, proves.
 * Everything throws `VAULT_LOCKED` while the wallet is locked. Dispatches `change` when a credential has come or gone.
 */
export class Holder extends EventTarget {
  readonly #options: HolderOptions;
  readonly #records: HolderRecords;
  readonly #subtrees: Subtrees;
  readonly #applications: Applications;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  /** Commitments whose backup was asked for since the page was opened. */
  readonly #sought = new Set<string>();

  constructor(options: HolderOptions) {
    super();
    const { profile, keys } = options;
    this.#options = options;
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#now = options.now ?? Date.now;
    const store = options.store ?? indexedDbCredentials();
    const issuers = [profile.services.issuer, ...(profile.moreIssuers ?? [])];
    const { identityRegistry } = profile.execution.contracts;
    this.#records = new HolderRecords(keys, store, issuers, identityRegistry);
    this.#subtrees = new Subtrees(store, this.#fetch, this.#now);
    this.#applications = new Applications({
      records: this.#records,
      fetch: this.#fetch,
      now: this.#now,
      // Ahead of time; proving fetches it itself when this fails.
      issued: async (place, { index }) => {
        this.#changed();
        await this.#subtrees.fetch(place.issuer, this.#records.issuerId(place), chunkOf(index));
      },
    });
  }

  /** Every credential of this wallet, and whether its issuer has taken it back. */
  async credentials(): Promise<HeldCredential[]> {
    const all = await Promise.all(
      this.#records.places().map(async (place) => {
        const kept = await this.#records.credential(place);
        return kept && { ...kept, place };
      }),
    );
    return all.filter((held) => held !== undefined);
  }

  /** Applications that are not decided, or were refused; as the issuer last said. */
  applications(): Promise<PendingApplication[]> {
    return this.#applications.open();
  }

  /** The credential that satisfies a policy, or comes nearest to it. */
  async credentialFor(policy: Policy): Promise<HeldCredential | undefined> {
    return chooseCredential(await this.credentials(), policy, this.#today);
  }

  /**
   * Where this person stands towards a product. A wallet that holds nothing here but was elsewhere before finds what
   * it left with the issuers.
   */
  async standing({ policy }: Pick<Product, 'policy'>): Promise<Standing> {
    const read = () => Promise.all([this.credentials(), this.#applications.open()]);
    let [held, open] = await read();
    if (held.length === 0 && open.length === 0 && !(await this.#options.keys.madeHere())) {
      // Who cannot be asked is asked again on the next visit.
      await this.restore().catch(() => undefined);
      [held, open] = await read();
    }
    if (await this.#lookAgain(policy, open)) [held, open] = await read();
    void this.#applications.backUp().catch(() => undefined);
    return standingTowards(policy, held, open, this.#today);
  }

  /**
   * Sends the form to the first issuer; a clean one of a person is decided at once.
   *
   * @throws `ApplicationError`, `ISSUER_*`
   */
  apply(form: ApplicationForm): Promise<ApplicationStatus> {
    return this.#applications.apply(this.#records.issuers[0]!, form);
  }

  /** Sends one document of the application that is open towards a product. @throws `DOCUMENT_*`, `ISSUER_*` */
  async upload(
    product: Pick<Product, 'policy'>,
    kind: DocumentKind,
    file: Blob,
    progress?: (fraction: number) => void,
  ): Promise<ApplicationStatus> {
    return this.#applications.upload(await this.#applied(product), kind, file, progress);
  }

  /** Withdraws the application that is open towards a product. @throws `ISSUER_*` */
  async withdraw(product: Pick<Product, 'policy'>): Promise<void> {
    await this.#applications.withdraw(await this.#applied(product));
  }

  /** Resolves when the application towards a product has left the review. See `Applications.decided`. */
  async decided(
    product: Pick<Product, 'policy'>,
    signal: AbortSignal,
    problem?: (error: HskError | undefined) => void,
  ): Promise<void> {
    await this.#applications.decided(await this.#applied(product), signal, problem);
  }

  /**
   * Looks at the issuers for what this wallet left there when it was issued.
   *
   * @returns how many credentials came back
   * @throws `ISSUER_UNREACHABLE`
   */
  async restore(again = false): Promise<number> {
    let found = 0;
    for (const place of this.#records.places()) {
      const owner = `${place.issuer} ${await this.#records.commitment(place)}`;
      if (this.#sought.has(owner) && !again) continue;
      const sealed = await fetchBackup(place.issuer, await this.#records.locator(place), this.#fetch);
      this.#sought.add(owner);
      const kept = sealed && (await this.#records.openCredential(place, sealed));
      if (!kept || (await this.#records.credential(place))) continue;
      await this.#records.putCredential(place, kept);
      found++;
    }
    if (found > 0) this.#changed();
    return found;
  }

  /** Whether the issuer still has it in its tree; what it has not is marked. @throws `ISSUER_UNREACHABLE` */
  async verify({ place, ...kept }: HeldCredential): Promise<boolean> {
    return (await this.#standsIn(place, kept)) !== undefined;
  }

  /** A credential as a file that only this wallet opens. */
  async exportCredential({ place, ...kept }: HeldCredential): Promise<string> {
    return writeCredentialFile(place, await this.#records.putCredential(place, kept));
  }

  /** @throws `CREDENTIAL_FILE`, `CREDENTIAL_ISSUER`, `CREDENTIAL_OTHER_WALLET` */
  async importCredential(contents: string): Promise<HeldCredential> {
    const { issuer, purpose, sealed } = readCredentialFile(contents);
    const place = this.#records
      .places()
      .find((known) => known.issuer === issuer && known.purpose === purpose);
    if (!place)
      throw new HskError('CREDENTIAL_ISSUER', 'The credential is of an issuer that does not count here', {
        details: issuer,
      });
    const kept = await this.#records.openCredential(place, sealed);
    if (!kept)
      throw new HskError('CREDENTIAL_OTHER_WALLET', 'The credential was exported by another wallet', {
        action: 'Restore the wallet that it belongs to from its recovery phrase.',
      });
    await this.#records.putCredential(place, kept);
    this.#changed();
    return { ...kept, place };
  }

  /** From this browser; the issuer's tree still holds it. */
  async removeCredential({ place }: HeldCredential): Promise<void> {
    await this.#records.remove('credential', place);
    this.#changed();
  }

  /** The country that the business whose credential satisfies a product may say openly; `undefined` for a person. */
  async disclosure({ policy }: Pick<Product, 'policy'>): Promise<Disclosure | undefined> {
    const { country, kind } = (await this.credentialFor(policy))?.credential.attributes ?? {};
    if (country === undefined || kind !== HolderKind.Business) return undefined;
    if (!admitsBusinesses(policy) || !policy.allowedCountries.includes(country)) return undefined;
    return {
      country,
      policyHash: policyHash(policy),
      narrowed: policyHash(countryDisclosure(policy, country)),
    };
  }

  /**
   * Proves that `wallet` may hold the product.
   *
   * @throws `PROVER_NO_CREDENTIAL`, `PROVER_LEAF_ABSENT`, and what the issuer's client and the prover throw
   */
  async prove(
    product: Provable,
    wallet: Address,
    progress: (progress: ProvingProgress) => void = () => undefined,
  ): Promise<ZkidProof> {
    const { prover, request } = await this.#toAdmit(product, wallet);
    return prover.prove(request, progress);
  }

  /**
   * Does ahead what that proof needs, so that it is made at once when it is asked for; loads the circuit.
   *
   * @throws as `prove`
   */
  async proveAhead(product: Provable, wallet: Address): Promise<void> {
    const { prover, request } = await this.#toAdmit(product, wallet);
    await prover.proveAhead(request);
  }

  /**
   * Proves that the holder stands behind an agent's mandate.
   *
   * @throws `MANDATE_UNSUPPORTED` where the network has none, and as `prove`
   */
  async proveMandate(
    mandate: AgentMandate,
    progress: (progress: ProvingProgress) => void = () => undefined,
  ): Promise<ZkidProof> {
    const { mandates, execution } = this.#options.profile;
    const registry = execution.contracts.mandateRegistry;
    if (!mandates || !registry)
      throw new HskError('MANDATE_UNSUPPORTED', 'Agents have no mandates on this network');
    const { policy } = mandates;
    const { prover, request } = await this.#toProve(policy, (held) =>
      mandateRequest({ ...held, chainId: execution.chainId, registry, policy, mandate }),
    );
    return prover.prove(request, progress);
  }

  #toAdmit(product: Provable, wallet: Address) {
    const { chainId } = this.#options.profile.execution;
    return this.#toProve(product.policy, (held) => admissionRequest({ ...held, product, chainId, wallet }));
  }

  async #toProve(policy: Policy, request: (held: ProvenBy) => ProofRequest) {
    const held = await this.credentialFor(policy);
    if (!held)
      throw new HskError('PROVER_NO_CREDENTIAL', 'There is no credential of this wallet here', {
        action: 'Apply to the issuer first.',
      });
    const { place, ...kept } = held;
    const { credential } = kept;
    const [secret, prover, subtree] = await Promise.all([
      this.#options.keys.zkidSecret(place.purpose),
      this.#options.prover(),
      this.#standsIn(place, kept),
    ]);
    if (!subtree)
      throw new HskError('PROVER_LEAF_ABSENT', "The credential is not in the issuer's tree any more", {
        details: `leaf ${credential.index}`,
        action: 'It was revoked or issued again elsewhere. Apply again.',
      });
    return { prover, request: request({ credential, secret, subtree, today: this.#today }) };
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  get #today(): number {
    return dateNumber(Math.floor(this.#now() / 1000));
  }

  /** What is not in the tree is kept as removed: its holder is told so, and not asked as a newcomer. */
  async #standsIn(place: Place, { credential }: KeptCredential): Promise<Subtree | undefined> {
    const subtree = await this.#subtrees.around(place.issuer, this.#records.issuerId(place), credential);
    if (!subtree) await this.#records.putCredential(place, { credential, removed: true });
    return subtree;
  }

  async #applied({ policy }: Pick<Product, 'policy'>): Promise<PendingApplication> {
    const application = chooseApplication(await this.#applications.open(), policy);
    if (application) return application;
    throw new HskError('ISSUER_NO_SUCH_APPLICATION', 'There is no open application of this wallet here', {
      action: 'Apply again.',
    });
  }

  /**
   * An application may have moved on while no page was open. What the issuer cannot be asked stays as it was.
   *
   * @returns whether it was asked
   */
  async #lookAgain(policy: Policy, open: PendingApplication[]): Promise<boolean> {
    const application = chooseApplication(open, policy);
    if (!application || application.status.state === 'refused') return false;
    await this.#applications.refresh(application).catch((error: unknown) => {
      if (toHskError(error).code === 'VAULT_LOCKED') throw error;
    });
    return true;
  }
}
