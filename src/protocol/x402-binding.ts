import { decodeAbiParameters, encodeAbiParameters, type Address, type Hex, keccak256 } from 'viem';
import { HskError } from './errors.ts';
import { hspDomain, identifier, type Recipient } from './hsp.ts';
import type { SignedMandate } from './hsp-json.ts';
import { type MandateDecision, verifyMandate } from './verify-mandate.ts';
import type { PaymentRequirements } from './x402.ts';

/**
 * What an HSP mandate's `requirementRef` commits to when it pays an x402 resource: this very resource at this
 * price. keccak(abi.encode(string url, string network, address asset, address payTo, uint256 amount)).
 */
export function requirementRef(resourceUrl: string, requirements: PaymentRequirements): Hex {
  const { network, asset, payTo, amount } = requirements;
  return keccak256(
    encodeAbiParameters(
      [{ type: 'string' }, { type: 'string' }, { type: 'address' }, { type: 'address' }, { type: 'uint256' }],
      [resourceUrl, network, asset, payTo, BigInt(amount)],
    ),
  );
}

/** Where an x402 payment settled: one observation, which settles one payment. */
export interface X402Observation {
  chainId: bigint;
  token: Address;
  transactionHash: Hex;
  /** The EIP-3009 nonce that the transaction used. */
  authorizationNonce: Hex;
}

const OBSERVATION = [
  { type: 'uint256' },
  { type: 'address' },
  { type: 'bytes32' },
  { type: 'bytes32' },
] as const;

export function encodeObservation(o: X402Observation): Hex {
  return encodeAbiParameters(OBSERVATION, [o.chainId, o.token, o.transactionHash, o.authorizationNonce]);
}

/** @throws `HSP_PROOF_INVALID` */
export function decodeObservation(proof: Hex): X402Observation {
  try {
    const [chainId, token, transactionHash, authorizationNonce] = decodeAbiParameters(OBSERVATION, proof);
    return { chainId, token: token.toLowerCase() as Address, transactionHash, authorizationNonce };
  } catch (cause) {
    throw new HskError('HSP_PROOF_INVALID', "The receipt's proof is not an x402 observation", { cause });
  }
}

/** `eip155:<chain id>`. @throws `X402_NETWORK` */
export function networkChainId(network: string): number {
  const match = /^eip155:([1-9]\d{0,9})$/.exec(network);
  if (!match)
    throw new HskError('X402_NETWORK', 'The payment network is not an EVM chain', { details: network });
  return Number(match[1]);
}

/** Schema of the proof in an x402 adapter's receipt: an encoded observation. */
export const X402_PROOF_SCHEMA: Hex = identifier('x402.proof.v1');

/** Lower case. @throws `MANDATE_RECIPIENT` for anything but kind 0, one address */
export function recipientAddress({ kind, payload }: Recipient): Address {
  if (kind !== 0 || !/^0x0{24}[0-9a-f]{40}$/i.test(payload))
    throw new HskError('MANDATE_RECIPIENT', 'Only a recipient of kind 0, one address, is accepted', {
      details: `kind ${kind}`,
    });
  return `0x${payload.slice(26).toLowerCase()}`;
}

/**
 * A mandate as it travels in `extensions.hsp`, judged at `now` (seconds since 1970).
 *
 * @throws the codes of `verifyMandate`, and `MANDATE_RECIPIENT`
 */
export function verifySignedMandate(
  { mandate, signature, grant, grantSignature }: SignedMandate,
  chainId: number,
  now: bigint,
): MandateDecision & { recipient: Address } {
  const decision = verifyMandate({
    mandate,
    signature,
    domain: hspDomain(chainId),
    now,
    grant: grant && grantSignature ? { grant, signature: grantSignature } : undefined,
  });
  return { ...decision, recipient: recipientAddress(mandate.recipient) };
}
