import { type Address, encodeFunctionData, type Hex } from 'viem';
import { identityRegistryAbi, identityRegistrySlots } from '../contracts/abi/IdentityRegistry.ts';
import { admitArguments } from '../identity/admission.ts';
import type { ZkidProof } from '../identity/prover-api.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { mappingSlot } from '../protocol/anchor.ts';
import { decodePolicyTerms, epochCounts, policyTermsSlot } from '../protocol/policy-terms.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';

/** The registry's record of a wallet for one token. */
export interface Admission {
  /** True while the record counts: not expired, not revoked, of the present epoch or the last within its grace. */
  admitted: boolean;
  /** The issuer has ended it; proving again does not help. */
  revoked: boolean;
  /** Seconds since 1970; zero when there never was a record, or the holder moved to another wallet. */
  expiry: bigint;
  /** The token asks everybody to prove again, and this wallet has not yet. */
  epochBehind: boolean;
  /** Seconds since 1970 until which records of the last epoch count; zero when they do not. */
  graceUntil: bigint;
  /** ISO 3166-1 numeric, where a business chose to say it openly; else 0. */
  country: number;
}

/** Reads the registry's storage by proof; the same rule as its `isAdmitted`, at the time of the proven block. */
export async function readAdmission(
  reader: Pick<LightClientApi, 'read'>,
  profile: ChainProfile,
  product: Product,
  wallet: Address,
): Promise<Proven<Admission>> {
  const record = mappingSlot(BigInt(mappingSlot(identityRegistrySlots.admissions, product.token)), wallet);
  const policyTerms = policyTermsSlot(identityRegistrySlots.policies, product.token);
  const answer = await reader.read({
    kind: 'storage',
    address: profile.execution.contracts.identityRegistry,
    slots: [record, policyTerms],
  });
  const [packed = 0n, policyWord = 0n] = answer.value;
  const { timestamp } = answer.block;
  // From the low end: bytes20 holder, uint40 expiry, uint32 epoch, uint16 country, uint8 standing.
  const expiry = BigInt.asUintN(40, packed >> 160n);
  const epoch = BigInt.asUintN(32, packed >> 200n);
  const country = Number(BigInt.asUintN(16, packed >> 232n));
  const standing = packed >> 248n;
  const terms = decodePolicyTerms(policyWord);
  const admitted = expiry > timestamp && standing === 0n && epochCounts(terms, epoch, timestamp);
  const epochBehind = epoch > 0n && epoch < terms.epoch;
  const { graceUntil } = terms;
  const value = { admitted, revoked: standing === 1n, expiry, epochBehind, graceUntil, country };
  return { ...answer, value };
}

/** The call by which a wallet has itself admitted. */
export function admitCalldata(product: Product, proof: ZkidProof): Hex {
  return encodeFunctionData({
    abi: identityRegistryAbi,
    functionName: 'admit',
    args: admitArguments(product.token, proof),
  });
}
