import { HskError } from '../protocol/errors.ts';
import {
  commitment,
  countryWords,
  leaf,
  packAttributes,
  packPolicy,
  policyHash,
  TREE,
} from '../protocol/zkid.ts';
import { assessEligibility } from './eligibility.ts';
import type { CircuitInput } from './groth16/witness.ts';
import type { ProofRequest } from './prover-api.ts';

/**
 * Checks everything that a person can be told before the circuit would merely refuse, and writes the
 * circuit's input.
 *
 * @throws `PROVER_SECRET`, `PROVER_NOT_ELIGIBLE`, `PROVER_LEAF_ABSENT`, `PROVER_REQUEST`
 */
export function circuitInput(request: ProofRequest): CircuitInput {
  const { credential, secret, children, policy, scope, today, binding } = request;
  const { attributes, index } = credential;
  if (commitment(secret).toString() !== credential.commitment)
    throw new HskError('PROVER_SECRET', 'This credential was issued to another wallet', {
      action: 'Unlock the wallet that applied for it, or apply again.',
    });
  const unmet = assessEligibility(attributes, policy, today).filter((rule) => !rule.met);
  if (unmet.length > 0)
    throw new HskError('PROVER_NOT_ELIGIBLE', 'The credential does not satisfy the policy', {
      details: unmet.map((rule) => rule.code).join(', '),
    });
  if (children.length !== TREE.depth || children.some((level) => level.length !== TREE.arity))
    throw new HskError('PROVER_REQUEST', 'The path does not have six levels of eight children', {
      details: children.map((level) => level.length).join(', '),
    });
  const own = leaf(BigInt(credential.commitment), attributes).toString();
  if (children[0]![index % TREE.arity] !== own)
    throw new HskError('PROVER_LEAF_ABSENT', "The credential is not in the issuer's tree", {
      details: `leaf ${index}`,
      action: 'It was revoked or issued again. Apply again.',
    });
  return {
    secret: secret.toString(),
    attributes: packAttributes(attributes).toString(),
    index: Array.from({ length: 3 * TREE.depth }, (_, bit) => String((index >> bit) & 1)),
    children,
    allowedCountries: countryWords(policy.allowedCountries).map(String),
    policy: packPolicy(policy).toString(),
    scope: scope.toString(),
    today: today.toString(),
    binding: binding.toString(),
  };
}

/** What the proof must say in public, save the root, which the path decides. */
export function expectedSignals(
  request: ProofRequest,
): Record<'policyHash' | 'scope' | 'today' | 'binding', bigint> {
  return {
    policyHash: policyHash(request.policy),
    scope: request.scope,
    today: BigInt(request.today),
    binding: request.binding,
  };
}
