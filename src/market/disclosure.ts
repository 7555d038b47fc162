import { identityRegistrySlots } from '../contracts/abi/IdentityRegistry.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { mappingSlot } from '../protocol/anchor.ts';
import type { Disclosure } from '../protocol/country-disclosure.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';

/** Whether the registry is proven to record that country of whoever proves the narrowed policy. */
export async function recordsCountry(
  reader: Pick<LightClientApi, 'read'>,
  profile: ChainProfile,
  { token }: Pick<Product, 'token'>,
  { country, policyHash, narrowed }: Disclosure,
): Promise<boolean> {
  const ofToken = mappingSlot(identityRegistrySlots.disclosedBy, token);
  const slot = mappingSlot(BigInt(mappingSlot(BigInt(ofToken), policyHash)), narrowed);
  const address = profile.execution.contracts.identityRegistry;
  const { value } = await reader.read({ kind: 'storage', address, slots: [slot] });
  return value[0] === BigInt(country);
}
