import { type Address, getAddress, type Hex, numberToHex } from 'viem';
import { identityRegistrySlots } from '../../contracts/abi/IdentityRegistry.ts';
import { parseEip1186, verifyStateProof } from '../../protocol/account-proof.ts';
import { toHskError } from '../../protocol/errors.ts';
import type { Header } from '../../protocol/header.ts';
import { decodePolicyTerms, policyTermsSlot } from '../../protocol/policy-terms.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import type { RpcClient } from '../rpc-client.ts';

/** Whose code decides about proofs, for every token of the profile. */
export interface VerifierAudit {
  tokens: number;
  /** The attested block under whose state root it was proven. */
  provenAt?: bigint;
  /** Reads are private, and the endpoint did not show it: its words. */
  notShown?: string;
  /** What does not hold; empty when everything does. */
  failures: string[];
}

/**
 * Proves under an attested state root which verifier each token's policy names, and the hash of its code, and compares
 * that with the profile's pin.
 *
 * @param header of a block that was found sound
 * @returns `undefined` where the profile pins no code
 */
export async function auditVerifier(
  profile: ChainProfile,
  execution: Pick<RpcClient, 'request'>,
  header: Header | undefined,
): Promise<VerifierAudit | undefined> {
  const { verifierCode } = profile.circuit;
  if (verifierCode === undefined) return undefined;
  const service = profile.mandates?.service;
  const tokens = [...profile.products.map(({ token }) => token), ...(service ? [service] : [])];
  if (!header) return { tokens: tokens.length, failures: ['no block of the range holds'] };
  const result: VerifierAudit = { tokens: tokens.length, provenAt: header.number, failures: [] };
  try {
    const named = await verifiersOf(tokens, profile.execution.contracts.identityRegistry, execution, header);
    for (const verifier of new Set(named)) {
      const { codeHash } = (await prove(execution, header, verifier)).account;
      if (codeHash !== verifierCode)
        result.failures.push(`verifier ${verifier}: its code is ${codeHash}, pinned is ${verifierCode}`);
    }
  } catch (thrown) {
    if (thrown instanceof RpcError && profile.execution.access?.reads === 'private')
      return { tokens: tokens.length, notShown: thrown.message, failures: [] };
    const { code, details } = toHskError(thrown);
    result.failures.push(`verifier: ${code}${details ? ` (${details})` : ''}`);
  }
  return result;
}

async function verifiersOf(
  tokens: readonly Address[],
  registry: Address,
  execution: Pick<RpcClient, 'request'>,
  header: Header,
): Promise<Address[]> {
  const slots = tokens.map((token) => policyTermsSlot(identityRegistrySlots.policies, token));
  const { values } = await prove(execution, header, registry, slots);
  return values.map((word) => getAddress(decodePolicyTerms(word).verifier));
}

async function prove(
  { request }: Pick<RpcClient, 'request'>,
  { stateRoot, number }: Header,
  address: Address,
  slots: Hex[] = [],
) {
  const answer = await request('eth_getProof', [address, slots, numberToHex(number)]);
  return verifyStateProof({ stateRoot, address, slots, proof: parseEip1186(answer, slots) });
}
