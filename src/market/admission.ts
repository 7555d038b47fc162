import { type Address, encodeFunctionData, type Hex } from 'viem';
import { identityRegistryAbi, identityRegistrySlots } from '../contracts/abi/IdentityRegistry.ts';
import { admitArguments } from '../identity/admission.ts';
import type { ZkidProof } from '../identity/prover-api.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { mappingSlot, offsetSlot } from '../protocol/anchor.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';

/** The registry's record of a wallet for one token. */
export interface Admission {
  /** True while the record counts: not expired, not revoked, made under the present policy. */
  admitted: boolean;
  /** The issuer has ended it; proving again does not help. */
  revoked: boolean;
  /** It was made under a policy that has been changed since. */
  superseded: boolean;
  /** Seconds since 1970; zero when there never was a record. */
  expiry: bigint;
}

/** Reads the registry's storage by proof; the same rule as its `isAdmitted`, at the time of the proven block. */
export async function readAdmission(
  reader: Pick<LightClientApi, 'read'>,
  profile: ChainProfile,
  product: Product,
  wallet: Address,
): Promise<Proven<Admission>> {
  const record = mappingSlot(BigInt(mappingSlot(identityRegistrySlots.admissions, product.token)), wallet);
  const policy = mappingSlot(identityRegistrySlots.policies, product.token);
  const answer = await reader.read({
    kind: 'storage',
    address: profile.execution.contracts.identityRegistry,
    slots: [offsetSlot(record, 1n), offsetSlot(policy, 2n)],
  });
  const [packed = 0n, policyEpoch = 0n] = answer.value;
  // uint64 expiry ‖ uint64 epoch ‖ bool revoked, from the low end of the word.
  const expiry = BigInt.asUintN(64, packed);
  const epoch = BigInt.asUintN(64, packed >> 64n);
  const revoked = ((packed >> 128n) & 0xffn) !== 0n;
  const superseded = expiry > 0n && epoch !== BigInt.asUintN(64, policyEpoch);
  const admitted = expiry > answer.block.timestamp && !revoked && !superseded;
  return { ...answer, value: { admitted, revoked, superseded, expiry } };
}

/** The call by which a wallet has itself admitted. */
export function admitCalldata(product: Product, proof: ZkidProof): Hex {
  return encodeFunctionData({
    abi: identityRegistryAbi,
    functionName: 'admit',
    args: admitArguments(product.token, proof),
  });
}
