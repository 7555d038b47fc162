import type { Address } from 'viem';
import type { Product } from '../protocol/profile.ts';
import { admissionScope, walletBinding } from '../protocol/zkid.ts';
import { proofRequest, type ProvenBy } from './proof-request.ts';
import type { ProofRequest, ZkidProof } from './prover-api.ts';

export interface AdmissionParts extends ProvenBy {
  product: Pick<Product, 'token' | 'policy' | 'scopeTag'>;
  /** Of the chain on which the token is. */
  chainId: number;
  /** Will send the admission itself. */
  wallet: Address;
}

/** What is to be proven so that `wallet` may hold the product. @throws `TREE_INVALID` */
export function admissionRequest({ product, chainId, wallet, ...held }: AdmissionParts): ProofRequest {
  return proofRequest(held, {
    policy: product.policy,
    scope: admissionScope(chainId, product.token, product.scopeTag),
    binding: walletBinding(wallet),
  });
}

/** Arguments of `IdentityRegistry.admit`. */
export function admitArguments(
  token: Address,
  { a, b, c, publicSignals }: ZkidProof,
): readonly [Address, Pick<ZkidProof, 'a' | 'b' | 'c'>, ZkidProof['publicSignals']] {
  return [token, { a, b, c }, publicSignals];
}
