import type { Address } from 'viem';
import type { Product } from '../protocol/profile.ts';
import { admissionScope, type Credential, walletBinding } from '../protocol/zkid.ts';
import { pathChildren, type Subtree } from '../protocol/zkid-tree.ts';
import type { ProofRequest, ZkidProof } from './prover-api.ts';

export interface AdmissionParts {
  credential: Credential;
  secret: bigint;
  subtree: Subtree;
  product: Pick<Product, 'token' | 'policy' | 'scopeTag'>;
  /** Of the chain on which the token is. */
  chainId: number;
  /** Will send the admission itself. */
  wallet: Address;
  /** YYYYMMDD, UTC; the registry allows a day either way. */
  today: number;
}

/** What is to be proven so that `wallet` may hold the product. @throws `TREE_INVALID` */
export function admissionRequest(parts: AdmissionParts): ProofRequest {
  const { credential, secret, subtree, product, chainId, wallet, today } = parts;
  return {
    credential,
    secret,
    children: pathChildren(subtree, credential.index).map((level) => level.map(String)),
    policy: product.policy,
    scope: admissionScope(chainId, product.token, product.scopeTag),
    binding: walletBinding(wallet),
    today,
  };
}

/** Arguments of `IdentityRegistry.admit`. */
export function admitArguments(
  token: Address,
  { a, b, c, publicSignals }: ZkidProof,
): readonly [Address, Pick<ZkidProof, 'a' | 'b' | 'c'>, ZkidProof['publicSignals']] {
  return [token, { a, b, c }, publicSignals];
}
