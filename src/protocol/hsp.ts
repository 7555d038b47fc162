import { type Address, encodeAbiParameters, type Hex, hashTypedData, keccak256, stringToHex } from 'viem';

/** HashKey Settlement Protocol, wire v1 (wire.md §5). */
export interface Signer {
  profileId: Hex;
  payload: Hex;
}

export interface Recipient {
  kind: number;
  payload: Hex;
}

export interface Mandate {
  nonce: Hex;
  signer: Signer;
  grantRef: Hex;
  requirementRef: Hex;
  recipient: Recipient;
  token: Address;
  amount: bigint;
  chainId: bigint;
  /** Seconds since 1970. */
  deadline: bigint;
  /** Binds the mandate to one on-chain authorisation: for x402 `exact`, the EIP-3009 nonce. */
  settlementBinding: Hex;
  requiredCapabilitiesHash: Hex;
}

export interface DelegationGrant {
  principal: Signer;
  agent: Signer;
  onchainPermissionRef: Hex;
  payerRequiredCaps: Hex[];
  payerAllowedCaps: Hex[];
  notBefore: bigint;
  expiry: bigint;
  nonce: Hex;
}

export enum Outcome {
  Attempted = 0,
  Settled = 1,
  Failed = 2,
  Disputed = 3,
}

export interface Receipt {
  /** The mandate's digest: the paymentId. */
  mandateHash: Hex;
  adapterId: Hex;
  adapterInstanceKey: Hex;
  seq: bigint;
  outcome: Outcome;
  settledAt: bigint;
  proofSchemaId: Hex;
  /** keccak of the adapter's proof bytes. */
  adapterProofHash: Hex;
}

const SIGNER = [
  { name: 'profileId', type: 'bytes32' },
  { name: 'payload', type: 'bytes' },
] as const;

export const HSP_TYPES = {
  Mandate: [
    { name: 'nonce', type: 'bytes32' },
    { name: 'signer', type: 'Signer' },
    { name: 'grantRef', type: 'bytes32' },
    { name: 'requirementRef', type: 'bytes32' },
    { name: 'recipient', type: 'Recipient' },
    { name: 'token', type: 'address' },
    { name: 'amount', type: 'uint256' },
    { name: 'chainId', type: 'uint256' },
    { name: 'deadline', type: 'uint64' },
    { name: 'settlementBinding', type: 'bytes32' },
    { name: 'requiredCapabilitiesHash', type: 'bytes32' },
  ],
  Recipient: [
    { name: 'kind', type: 'uint8' },
    { name: 'payload', type: 'bytes' },
  ],
  Signer: SIGNER,
} as const;

export const GRANT_TYPES = {
  DelegationGrant: [
    { name: 'principal', type: 'Signer' },
    { name: 'agent', type: 'Signer' },
    { name: 'onchainPermissionRef', type: 'bytes32' },
    { name: 'payerRequiredCaps', type: 'bytes32[]' },
    { name: 'payerAllowedCaps', type: 'bytes32[]' },
    { name: 'notBefore', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
    { name: 'nonce', type: 'bytes32' },
  ],
  Signer: SIGNER,
} as const;

export const RECEIPT_TYPES = {
  ReceiptPreimage: [
    { name: 'mandateHash', type: 'bytes32' },
    { name: 'adapterId', type: 'bytes32' },
    { name: 'adapterInstanceKey', type: 'bytes32' },
    { name: 'seq', type: 'uint64' },
    { name: 'outcome', type: 'uint8' },
    { name: 'settledAt', type: 'uint64' },
    { name: 'proofSchemaId', type: 'bytes32' },
    { name: 'adapterProofHash', type: 'bytes32' },
  ],
} as const;

/** The verifying contract of the domain is a constant of the protocol, not a deployment. */
export const HSP_VERIFYING_CONTRACT: Address = '0x0000000000000000000000000000000000000001';

export function hspDomain(chainId: number | bigint, verifyingContract: Address = HSP_VERIFYING_CONTRACT) {
  return { name: 'HSP', version: '1', chainId: Number(chainId), verifyingContract } as const;
}
export type HspDomain = { name: string; version: string; chainId: number; verifyingContract: Address };

/** The paymentId. */
export function mandateHash(domain: HspDomain, message: Mandate): Hex {
  return hashTypedData({ domain, types: HSP_TYPES, primaryType: 'Mandate', message });
}

export function grantHash(domain: HspDomain, message: DelegationGrant): Hex {
  return hashTypedData({ domain, types: GRANT_TYPES, primaryType: 'DelegationGrant', message });
}

export function receiptHash(domain: HspDomain, message: Receipt): Hex {
  return hashTypedData({ domain, types: RECEIPT_TYPES, primaryType: 'ReceiptPreimage', message });
}

/** keccak of an identifier's ASCII: signer profiles, adapters and proof schemas. */
export function identifier(name: string): Hex {
  return keccak256(stringToHex(name));
}

export const EOA_PROFILE = identifier('eip712-eoa.v1');

export function eoaSigner(account: Address): Signer {
  return { profileId: EOA_PROFILE, payload: encodeAbiParameters([{ type: 'address' }], [account]) };
}

/** Recipient kind 0: a plain address. */
export function addressRecipient(account: Address): Recipient {
  return { kind: 0, payload: encodeAbiParameters([{ type: 'address' }], [account]) };
}
