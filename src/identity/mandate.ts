import { type Address, encodeAbiParameters, type Hex, keccak256, stringToHex, toHex } from 'viem';
import { type AgentMandate, mandateBinding, mandateScope } from '../protocol/agent-mandate.ts';
import type { Policy } from '../protocol/zkid.ts';
import { proofRequest, type ProvenBy } from './proof-request.ts';
import type { ProofRequest, ZkidProof } from './prover-api.ts';

export interface MandateParts extends ProvenBy {
  /** Of the chain that the registry is on. */
  chainId: number;
  registry: Address;
  policy: Policy;
  mandate: AgentMandate;
}

/** What is to be proven so that a mandate is granted, from whatever wallet it is sent. @throws `TREE_INVALID` */
export function mandateRequest({ chainId, registry, policy, mandate, ...held }: MandateParts): ProofRequest {
  return proofRequest(held, {
    policy,
    scope: mandateScope(chainId, registry, mandate.service),
    binding: mandateBinding(chainId, registry, mandate),
  });
}

/** Arguments of `MandateRegistry.grant`. */
export function grantArguments(
  mandate: AgentMandate,
  { a, b, c, publicSignals }: ZkidProof,
): readonly [AgentMandate, Pick<ZkidProof, 'a' | 'b' | 'c'>, ZkidProof['publicSignals']] {
  return [mandate, { a, b, c }, publicSignals];
}

/**
 * The key that ends a mandate, from the holder's secret: it need not be kept, and ends the mandate also when the
 * credential is gone. One of another mandate says nothing about it.
 */
export function revocationKey(secret: bigint, nonce: Hex): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }],
      [keccak256(stringToHex('hsk agent mandate revocation')), toHex(secret, { size: 32 }), nonce],
    ),
  );
}
