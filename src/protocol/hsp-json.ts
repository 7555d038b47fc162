import type { Hex } from 'viem';
import type { DelegationGrant, Mandate, Receipt } from './hsp.ts';
import { Outcome } from './hsp.ts';
import { address, hex, integer, list, object, oneOf, optional, type Parser, uint } from './parse.ts';

/** JSON forms of HSP messages: integers of more than 53 bits as decimal strings, bytes as hex. */
const signer = object<Mandate['signer']>({ profileId: hex(32), payload: hex() });

/** An integer that peers write as a JSON number or as a decimal string. */
const integral: Parser<bigint> = (value, path) =>
  typeof value === 'number' ? BigInt(integer(value, path)) : uint(value, path);

export const parseMandate: Parser<Mandate> = object<Mandate>({
  nonce: hex(32),
  signer,
  grantRef: hex(32),
  requirementRef: hex(32),
  recipient: object<Mandate['recipient']>({ kind: integer, payload: hex() }),
  token: address,
  amount: integral,
  chainId: integral,
  deadline: integral,
  settlementBinding: hex(32),
  requiredCapabilitiesHash: hex(32),
});

export const parseGrant: Parser<DelegationGrant> = object<DelegationGrant>({
  principal: signer,
  agent: signer,
  onchainPermissionRef: hex(32),
  payerRequiredCaps: list(hex(32), 64),
  payerAllowedCaps: list(hex(32), 64),
  notBefore: integral,
  expiry: integral,
  nonce: hex(32),
});

export const parseReceipt: Parser<Receipt> = object<Receipt>({
  mandateHash: hex(32),
  adapterId: hex(32),
  adapterInstanceKey: hex(32),
  seq: integral,
  outcome: oneOf(Outcome.Attempted, Outcome.Settled, Outcome.Failed, Outcome.Disputed),
  settledAt: integral,
  proofSchemaId: hex(32),
  adapterProofHash: hex(32),
});

/** A mandate with the signatures that make it count; the grant is there when an agent signs for a principal. */
export interface SignedMandate {
  mandate: Mandate;
  signature: Hex;
  grant?: DelegationGrant | undefined;
  grantSignature?: Hex | undefined;
}

export const parseSignedMandate: Parser<SignedMandate> = object<SignedMandate>({
  mandate: parseMandate,
  signature: hex(65),
  grant: optional(parseGrant),
  grantSignature: optional(hex(65)),
});

/** A receipt with its adapter's proof, whose keccak the receipt commits to. */
export interface SignedReceipt {
  receipt: Receipt;
  /** For adapter x402: abi.encode(uint256 chainId, address token, bytes32 transactionHash, bytes32 authorizationNonce). */
  adapterProof: Hex;
  signature: Hex;
}

export const parseSignedReceipt: Parser<SignedReceipt> = object<SignedReceipt>({
  receipt: parseReceipt,
  adapterProof: hex(),
  signature: hex(65),
});

/** Plain JSON values: bigints become decimal strings. */
export function toJson<T>(message: T): unknown {
  return JSON.parse(
    JSON.stringify(message, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  );
}
