import type { Hex } from 'viem';
import { type ApplicationStatus, parseApplicationStatus } from '../protocol/application-status.ts';
import { HskError } from '../protocol/errors.ts';
import { parseCredential } from '../protocol/issuance.ts';
import { flag, hex, integer, object, optional, type Parser, text } from '../protocol/parse.ts';
import { commitment, type Credential, HolderKind } from '../protocol/zkid.ts';
import type { CredentialStore, SealedTable } from './credential-store.ts';
import { type HolderKeys, openJson, sealJson } from './holder-keys.ts';

/** Where one credential of this wallet stands: at one issuer, for one purpose. */
export interface Place {
  /** Base URL. */
  issuer: string;
  /** Of the holder's secret. A person's and a business's are not to be linked, so each has its own: `HolderKind`. */
  purpose: number;
}

/** A credential as it is kept. */
export interface KeptCredential {
  credential: Credential;
  /** It was found missing in the issuer's tree: revoked, or issued again. */
  removed?: boolean | undefined;
}

/** An application under way; what it said is kept only as far as the credential is held against it. */
export interface KeptApplication {
  ticket: string;
  birth: number;
  country: number;
  kind: HolderKind;
  /** Milliseconds since 1970. */
  appliedAt: number;
  /** What the issuer last said. */
  status: ApplicationStatus;
}

const parseKept: Parser<KeptCredential> = object<KeptCredential>({
  credential: parseCredential,
  removed: optional(flag),
});

const parseApplicationRecord: Parser<KeptApplication> = object<KeptApplication>({
  ticket: text,
  birth: integer,
  country: integer,
  kind: integer as Parser<HolderKind>,
  appliedAt: integer,
  status: parseApplicationStatus,
});

/**
 * Everything the wallet keeps about its credentials, under its own seal: a locked wallet shows nothing, and a record
 * opens only with the wallet and at the place it was sealed for.
 *
 * All calls throw `VAULT_LOCKED`.
 */
export class HolderRecords {
  constructor(
    private readonly keys: HolderKeys,
    private readonly store: CredentialStore,
    /** Base URLs of the issuers that count, the first of them the one to apply to. */
    readonly issuers: readonly string[],
    /** Contract that they post to. */
    private readonly registry: string,
  ) {}

  /** Every place at which this wallet may hold a credential. */
  places(): Place[] {
    return this.issuers.flatMap((issuer) =>
      [HolderKind.Person, HolderKind.Business].map((purpose) => ({ issuer, purpose })),
    );
  }

  async commitment({ purpose }: Place): Promise<string> {
    return commitment(await this.keys.zkidSecret(purpose)).toString();
  }

  async credential(place: Place): Promise<KeptCredential | undefined> {
    const owner = await this.commitment(place);
    const record = await this.store.get('credential', this.issuerId(place), owner);
    if (record === undefined) return undefined;
    if (typeof record === 'string') return this.openCredential(place, record as Hex);
    // An older version left it in the clear; what it wrote in another shape counts as not there.
    const plain = readPlain(record);
    if (plain) await this.putCredential(place, { credential: plain });
    return plain && { credential: plain };
  }

  /** Opens what `putCredential` answered, wherever it was meanwhile; `undefined` when it is not of this place. */
  async openCredential(place: Place, sealed: Hex): Promise<KeptCredential | undefined> {
    const kept = await this.#open('credential', place, sealed, parseKept);
    return kept?.credential.commitment === (await this.commitment(place)) ? kept : undefined;
  }

  /** @returns the sealed record */
  putCredential(place: Place, kept: KeptCredential): Promise<Hex> {
    return this.#put('credential', place, kept);
  }

  async application(place: Place): Promise<KeptApplication | undefined> {
    const record = await this.store.get('application', this.issuerId(place), await this.commitment(place));
    return typeof record === 'string'
      ? this.#open('application', place, record as Hex, parseApplicationRecord)
      : undefined;
  }

  async putApplication(place: Place, application: KeptApplication): Promise<void> {
    await this.#put('application', place, application);
  }

  async remove(table: SealedTable, place: Place): Promise<void> {
    await this.store.remove(table, this.issuerId(place), await this.commitment(place));
  }

  /** Under which the sealed credential of a place lies at its issuer. */
  locator(place: Place): Promise<Hex> {
    return this.keys.holderLocator(`${this.issuerId(place)} ${place.purpose}`);
  }

  issuerId({ issuer }: Pick<Place, 'issuer'>): string {
    return `${issuer} ${this.registry}`;
  }

  async #put(table: SealedTable, place: Place, record: unknown): Promise<Hex> {
    const owner = await this.commitment(place);
    const sealed = await sealJson(this.keys, record, this.#context(table, place, owner));
    await this.store.put(table, this.issuerId(place), owner, sealed);
    return sealed;
  }

  /** What does not open, or is of another version's shape, counts as not there. */
  async #open<T>(table: SealedTable, place: Place, sealed: Hex, parse: Parser<T>): Promise<T | undefined> {
    const context = this.#context(table, place, await this.commitment(place));
    try {
      return parse(await openJson(this.keys, hex()(sealed, 'sealed'), context), table);
    } catch (error) {
      if (error instanceof HskError && error.code === 'VAULT_LOCKED') throw error;
      return undefined;
    }
  }

  /** Authenticated with the record: moved to another issuer's or another secret's place it does not open. */
  #context(table: SealedTable, place: Place, owner: string): string {
    return `${table} ${this.issuerId(place)} ${owner}`;
  }
}

function readPlain(record: unknown): Credential | undefined {
  try {
    return parseCredential(record, 'credential');
  } catch {
    return undefined;
  }
}
