import type { Address } from 'viem';
import type { ProvingProgress, ZkidProof } from '../identity/prover-api.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { EligibilityReason } from './purchase-machine.ts';

/** What a purchase asks of the wallet. */
export type PurchaseWallet = Pick<Wallet, 'signTypedData' | 'send'>;

/** What a purchase asks of the identity room. `F` is the issuer's form. */
export interface PurchaseIdentity<F> {
  /** Each rule of the product's policy with its answer by the credential held; `undefined` without one. */
  assess(product: Product): Promise<EligibilityReason[] | undefined>;
  /** Sends the form to the issuer and keeps the credential. */
  apply(form: F): Promise<void>;
  /** Is told when a proof may soon be asked for. */
  proveAhead?(product: Product, wallet: Address): void;
  prove(product: Product, wallet: Address, progress: (progress: ProvingProgress) => void): Promise<ZkidProof>;
}

/** The rooms that a purchase works with, by their interfaces. */
export interface PurchaseRooms<F> {
  profile: ChainProfile;
  lightClient: Pick<LightClientApi, 'read'>;
  wallet: PurchaseWallet;
  identity: PurchaseIdentity<F>;
}
