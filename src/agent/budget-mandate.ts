import type { Address } from 'viem';
import { identityRegistrySlots } from '../contracts/abi/IdentityRegistry.ts';
import { mandateRegistrySlots } from '../contracts/abi/MandateRegistry.ts';
import { revocationKey } from '../identity/mandate.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { type AgentMandate, payeesRoot, revocationHash } from '../protocol/agent-mandate.ts';
import { mappingSlot, offsetSlot } from '../protocol/anchor.ts';
import { HskError } from '../protocol/errors.ts';
import { decodePolicyTerms, epochCounts, policyTermsSlot } from '../protocol/policy-terms.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import type { Budget } from '../wallet/vault-api.ts';
import type { MandateState } from './agent-api.ts';

/** The whole life of a budget is one period. Seconds. */
const ONE_PERIOD = 2 ** 32 - 1;

/** Where this deployment keeps mandates. @throws `MANDATE_UNSUPPORTED` */
export function mandatePlace(profile: ChainProfile): { registry: Address; service: Address } {
  const registry = profile.execution.contracts.mandateRegistry;
  if (registry && profile.mandates) return { registry, service: profile.mandates.service };
  throw new HskError('MANDATE_UNSUPPORTED', 'Agents have no mandates on this network');
}

/**
 * The mandate of a budget: its limits, said by its verified owner instead of by an address. Follows from the budget
 * and the secret, so nothing of it has to be kept; the nonce is the delegation's hash, which ties the two together.
 *
 * @param secret `VaultApi.zkidSecret`
 */
export function budgetMandate(
  profile: ChainProfile,
  { account, token, total, expiry, payees, grant }: Budget,
  secret: bigint,
): AgentMandate {
  return {
    service: mandatePlace(profile).service,
    agent: account,
    token,
    limit: total,
    period: ONE_PERIOD,
    notBefore: 0,
    notAfter: Number(expiry),
    payees: payeesRoot(payees),
    revocation: revocationHash(revocationKey(secret, grant.hash)),
    nonce: grant.hash,
  };
}

/** Reads an agent's mandate from the registries' storage by proof; the same rules as theirs, at the proven block. */
export async function readMandate(
  reader: Pick<LightClientApi, 'read'>,
  profile: ChainProfile,
  agent: Address,
): Promise<Proven<MandateState>> {
  const { registry, service } = mandatePlace(profile);
  const record = mappingSlot(BigInt(mappingSlot(mandateRegistrySlots.records, service)), agent);
  const answer = await reader.read({
    kind: 'storage',
    address: registry,
    slots: [record, offsetSlot(record, 1n), offsetSlot(record, 2n)],
  });
  // See the layout of `MandateRegistry.Record`; each from the low end.
  const [dates = 0n, standing = 0n, amounts = 0n] = answer.value;
  const principal = BigInt.asUintN(160, dates);
  const figures = {
    notAfter: BigInt.asUintN(40, dates >> 200n),
    provenUntil: BigInt.asUintN(40, standing >> 160n),
    limit: BigInt.asUintN(96, amounts),
    spent: BigInt.asUintN(96, amounts >> 96n),
  };
  const state = async (): Promise<MandateState['state']> => {
    const { timestamp } = answer.block;
    if (principal === 0n) return 'none';
    if (standing >> 232n !== 0n || timestamp >= figures.notAfter) return 'over';
    if (timestamp >= figures.provenUntil) return 'unproven';
    const epoch = BigInt.asUintN(32, standing >> 200n);
    return (await stands(reader, profile, service, principal, epoch)) ? 'standing' : 'unproven';
  };
  return { ...answer, value: { state: await state(), ...figures } };
}

/** `IdentityRegistry.stands`. */
async function stands(
  reader: Pick<LightClientApi, 'read'>,
  profile: ChainProfile,
  service: Address,
  principal: bigint,
  epoch: bigint,
): Promise<boolean> {
  const holders = BigInt(mappingSlot(identityRegistrySlots.holders, service));
  const { value, block } = await reader.read({
    kind: 'storage',
    address: profile.execution.contracts.identityRegistry,
    // A bytes20 is a key with its zeros behind it.
    slots: [policyTermsSlot(identityRegistrySlots.policies, service), mappingSlot(holders, principal << 96n)],
  });
  const [policyWord = 0n, holder = 0n] = value;
  const revoked = holder >> 160n !== 0n;
  return !revoked && epochCounts(decodePolicyTerms(policyWord), epoch, block.timestamp);
}
