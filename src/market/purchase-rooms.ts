import type { Address } from 'viem';
import type { ProvingProgress, ZkidProof } from '../identity/prover-api.ts';
import type { Standing } from '../identity/standing.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import type { DocumentKind } from '../protocol/application-status.ts';
import type { Disclosure } from '../protocol/country-disclosure.ts';
import type { HskError } from '../protocol/errors.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import type { Wallet } from '../wallet/wallet.ts';

/** What a purchase asks of the wallet. */
export type PurchaseWallet = Pick<Wallet, 'signTypedData' | 'send'>;

/** What a purchase asks of the identity room. `F` is the issuer's form. */
export interface PurchaseIdentity<F> {
  /** Where the buyer stands towards the product, by all that their wallet holds. */
  standing(product: Product): Promise<Standing>;
  /** Sends the form to the issuer and keeps what comes back. */
  apply(form: F): Promise<void>;
  /** Sends one document of the open application; `progress` from 0 to 1. */
  upload(
    product: Product,
    kind: DocumentKind,
    file: Blob,
    progress: (fraction: number) => void,
  ): Promise<void>;
  /** The issuer deletes the open application. */
  withdraw(product: Product): Promise<void>;
  /** Resolves when the open application has left the review, or `signal` says that nobody waits any more. */
  decided(
    product: Product,
    signal: AbortSignal,
    problem: (error: HskError | undefined) => void,
  ): Promise<void>;
  /** The country that the buyer's business may say openly; `undefined` for a person. */
  disclosure?(product: Product): Promise<Disclosure | undefined>;
  /** Is told when a proof may soon be asked for; rejects when it could not be made. */
  proveAhead?(product: Product, wallet: Address): Promise<void>;
  prove(product: Product, wallet: Address, progress: (progress: ProvingProgress) => void): Promise<ZkidProof>;
}

/** The rooms that a purchase works with, by their interfaces. */
export interface PurchaseRooms<F> {
  profile: ChainProfile;
  lightClient: Pick<LightClientApi, 'read'>;
  wallet: PurchaseWallet;
  identity: PurchaseIdentity<F>;
}
