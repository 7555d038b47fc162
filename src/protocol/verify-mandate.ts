import { type Address, type Hex, keccak256, zeroHash } from 'viem';
import { capabilitiesCovered, requiredCapabilitiesHash } from './capability.ts';
import { HskError } from './errors.ts';
import {
  type DelegationGrant,
  EOA_PROFILE,
  grantHash,
  type HspDomain,
  type Mandate,
  mandateHash,
  Outcome,
  type Receipt,
  receiptHash,
  type Signer,
} from './hsp.ts';
import type { AdapterOperator } from './profile.ts';
import { normaliseRecoveryByte, recoverSigner, sameAddress } from './recover.ts';

/** A grant with the principal's signature over its hash. */
export interface SignedGrant {
  grant: DelegationGrant;
  /** 65 bytes r ‖ s ‖ v. */
  signature: Hex;
}

export interface MandateCheck {
  mandate: Mandate;
  signature: Hex;
  domain: HspDomain;
  /** Seconds since 1970. */
  now: bigint;
  /** Ids behind `requiredCapabilitiesHash`; none when the payment asks for none. */
  capabilities?: readonly Hex[];
  /** The grant that `grantRef` names; absent when the signer pays for itself. */
  grant?: SignedGrant | undefined;
}

export interface MandateDecision {
  /** The digest that was signed. */
  paymentId: Hex;
  /** Who signed the mandate. */
  signer: Address;
  /** Whose money it is: the grant's principal, or the signer. */
  principal: Address;
}

/**
 * Whether a mandate is signed by whom it names, in time, and inside the grant it refers to. Only externally
 * owned accounts: another signer profile needs a chain's state.
 *
 * @throws `MANDATE_CHAIN`, `MANDATE_EXPIRED`, `MANDATE_SIGNER_PROFILE`, `MANDATE_SIGNATURE`,
 * `MANDATE_CAPABILITIES`, `MANDATE_GRANT_MISSING`, `MANDATE_GRANT_OTHER`, `MANDATE_GRANT_AGENT`,
 * `MANDATE_GRANT_FLOOR`, `MANDATE_GRANT_CEILING`, and the codes of `verifyGrant`
 */
export function verifyMandate(check: MandateCheck): MandateDecision {
  const { mandate, signature, domain, now, capabilities = [], grant } = check;
  if (mandate.chainId !== BigInt(domain.chainId))
    throw refuse(
      'MANDATE_CHAIN',
      'The mandate is for another chain',
      `${mandate.chainId}, domain ${domain.chainId}`,
    );
  if (now >= mandate.deadline)
    throw refuse('MANDATE_EXPIRED', 'The mandate has expired', `deadline ${mandate.deadline}, now ${now}`);
  if (requiredCapabilitiesHash(capabilities) !== mandate.requiredCapabilitiesHash.toLowerCase())
    throw refuse('MANDATE_CAPABILITIES', 'The capabilities shown are not the ones the mandate requires');
  const paymentId = mandateHash(domain, mandate);
  const signer = signedBy('MANDATE', paymentId, signature, mandate.signer);
  if (mandate.grantRef === zeroHash) return { paymentId, signer, principal: signer };
  if (!grant)
    throw refuse(
      'MANDATE_GRANT_MISSING',
      'The mandate refers to a grant that was not shown',
      mandate.grantRef,
    );
  const decision = verifyGrant({ ...grant, domain, now });
  if (decision.grantRef !== mandate.grantRef.toLowerCase())
    throw refuse(
      'MANDATE_GRANT_OTHER',
      'The grant shown is not the one the mandate refers to',
      `${decision.grantRef}, mandate says ${mandate.grantRef}`,
    );
  if (!sameAddress(decision.agent, signer))
    throw refuse(
      'MANDATE_GRANT_AGENT',
      'The grant empowers another agent',
      `${decision.agent}, signed by ${signer}`,
    );
  const { payerRequiredCaps, payerAllowedCaps } = grant.grant;
  if (!capabilitiesCovered(payerRequiredCaps, capabilities))
    throw refuse('MANDATE_GRANT_FLOOR', 'The mandate leaves out a capability that the principal requires');
  if (!capabilitiesCovered(capabilities, payerAllowedCaps))
    throw refuse(
      'MANDATE_GRANT_CEILING',
      'The mandate asks for a capability that the principal did not allow',
    );
  return { paymentId, signer, principal: decision.principal };
}

/**
 * Whether a grant is signed by its principal and in force.
 * @throws `GRANT_NOT_YET`, `GRANT_EXPIRED`, `GRANT_SIGNER_PROFILE`, `GRANT_SIGNATURE`
 */
export function verifyGrant(check: SignedGrant & { domain: HspDomain; now: bigint }): {
  grantRef: Hex;
  principal: Address;
  agent: Address;
} {
  const { grant, signature, domain, now } = check;
  if (now < grant.notBefore)
    throw refuse('GRANT_NOT_YET', 'The grant is not in force yet', `from ${grant.notBefore}, now ${now}`);
  if (now >= grant.expiry)
    throw refuse('GRANT_EXPIRED', 'The grant has expired', `at ${grant.expiry}, now ${now}`);
  const grantRef = grantHash(domain, grant);
  return {
    grantRef,
    principal: signedBy('GRANT', grantRef, signature, grant.principal),
    agent: eoaOf('GRANT', grant.agent),
  };
}

export interface ReceiptCheck {
  receipt: Receipt;
  /** The adapter's signature over the receipt's hash. */
  signature: Hex;
  /** The bytes behind `adapterProofHash`, where they were handed over. */
  adapterProof?: Hex | undefined;
  domain: HspDomain;
  /** The payment this must be the receipt of. */
  paymentId: Hex;
  /** Operators the profile pins; nobody else's word counts. */
  adapters: readonly AdapterOperator[];
}

/**
 * Whether a receipt is of this payment and signed by the pinned operator of its adapter instance.
 *
 * @throws `RECEIPT_OTHER_PAYMENT`, `RECEIPT_ADAPTER_UNKNOWN`, `RECEIPT_SIGNATURE`, `RECEIPT_PROOF` (other
 * bytes than the receipt commits to), `RECEIPT_OUTCOME`
 */
export function verifyReceipt(check: ReceiptCheck): {
  receiptHash: Hex;
  operator: Address;
  settled: boolean;
} {
  const { receipt, signature, adapterProof, domain, paymentId, adapters } = check;
  if (receipt.mandateHash.toLowerCase() !== paymentId.toLowerCase())
    throw refuse('RECEIPT_OTHER_PAYMENT', 'The receipt is of another payment', receipt.mandateHash);
  if (Outcome[receipt.outcome] === undefined)
    throw refuse('RECEIPT_OUTCOME', 'The receipt states no known outcome', String(receipt.outcome));
  const adapter = adapters.find(
    ({ adapterId, adapterInstanceKey }) =>
      adapterId.toLowerCase() === receipt.adapterId.toLowerCase() &&
      adapterInstanceKey.toLowerCase() === receipt.adapterInstanceKey.toLowerCase(),
  );
  if (!adapter)
    throw refuse(
      'RECEIPT_ADAPTER_UNKNOWN',
      'No operator is pinned for the adapter that gave the receipt',
      `${receipt.adapterId} ${receipt.adapterInstanceKey}`,
    );
  const hash = receiptHash(domain, receipt);
  const signer = recoverSigner(hash, normaliseRecoveryByte(signature));
  if (!signer || !sameAddress(signer, adapter.operator))
    throw refuse(
      'RECEIPT_SIGNATURE',
      "The receipt is not signed by the adapter's operator",
      `${signer ?? 'no signature'}, pinned ${adapter.operator}`,
    );
  if (adapterProof !== undefined && keccak256(adapterProof) !== receipt.adapterProofHash.toLowerCase())
    throw refuse(
      'RECEIPT_PROOF',
      'The proof shown is not the one the receipt commits to',
      receipt.adapterProofHash,
    );
  return { receiptHash: hash, operator: signer, settled: receipt.outcome === Outcome.Settled };
}

function signedBy(what: 'MANDATE' | 'GRANT', hash: Hex, signature: Hex, signer: Signer): Address {
  const named = eoaOf(what, signer);
  const recovered = recoverSigner(hash, normaliseRecoveryByte(signature));
  if (!recovered || !sameAddress(recovered, named))
    throw refuse(
      `${what}_SIGNATURE`,
      `The ${what.toLowerCase()} is not signed by the account it names`,
      `${recovered ?? 'no signature'}, named ${named}`,
    );
  return recovered;
}

/** Profile `eip712-eoa.v1`: the payload is abi.encode(address), its 12 leading bytes zero. */
function eoaOf(what: 'MANDATE' | 'GRANT', { profileId, payload }: Signer): Address {
  if (profileId.toLowerCase() !== EOA_PROFILE || !/^0x0{24}[0-9a-f]{40}$/i.test(payload))
    throw refuse(
      `${what}_SIGNER_PROFILE`,
      `The ${what.toLowerCase()} names a signer this program cannot check`,
      `profile ${profileId}`,
    );
  return `0x${payload.slice(26).toLowerCase()}`;
}

function refuse(code: string, message: string, details?: string): HskError {
  return new HskError(code, message, details === undefined ? {} : { details });
}
