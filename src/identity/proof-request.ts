import type { Credential, Policy } from '../protocol/zkid.ts';
import { pathChildren, type Subtree } from '../protocol/zkid-tree.ts';
import type { ProofRequest } from './prover-api.ts';

/** What of the holder a proof is made with. */
export interface ProvenBy {
  credential: Credential;
  secret: bigint;
  subtree: Subtree;
  /** YYYYMMDD, UTC; the registry allows a day either way. */
  today: number;
}

/** @throws `TREE_INVALID` */
export function proofRequest(
  { credential, secret, subtree, today }: ProvenBy,
  { policy, scope, binding }: { policy: Policy; scope: bigint; binding: bigint },
): ProofRequest {
  const children = pathChildren(subtree, credential.index).map((level) => level.map(String));
  return { credential, secret, children, policy, scope, binding, today };
}
