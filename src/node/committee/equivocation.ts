import type { Address, Hex } from 'viem';
import {
  type Attestation,
  attestationDigest,
  type AttestationDomain,
  parseAttestation,
} from '../../protocol/attestation.ts';
import { HskError } from '../../protocol/errors.ts';
import { contradictions } from '../../protocol/misbehaviour.ts';
import { hex, list, object, type Parser } from '../../protocol/parse.ts';
import { textSigner } from './signed-request.ts';

/** An attestation as a sequencer proposed it, with its name to it. */
export interface SignedProposal {
  attestation: Attestation;
  /** EIP-191 signature over `proposalText` of the attestation's digest, 65 bytes. */
  signature: Hex;
}

/** Two proposals for one height. The first is the one that the member signed. */
export interface Equivocation {
  first: SignedProposal;
  second: SignedProposal;
}

/** What the sequencer signs of every proposal, so that two for one height prove who made both. */
export function proposalText(digest: Hex): string {
  return `HSK committee proposal\n${digest}`;
}

/**
 * Whether the document proves that one account proposed two blocks of one height. Pure: no network, no clock.
 *
 * @returns who, at which height, and in what the two differ
 * @throws `EQUIVOCATION_UNPROVEN` naming what does not hold
 */
export function verifyEquivocation(
  { first, second }: Equivocation,
  domain: AttestationDomain,
): { sequencer: Address; blockNumber: bigint; fields: string[] } {
  const unproven = (details: string) =>
    new HskError('EQUIVOCATION_UNPROVEN', 'The document does not prove an equivocation', { details });
  const [one, two] = [first.attestation, second.attestation];
  if (one.executionChainId !== two.executionChainId) throw unproven('the two are about different chains');
  if (one.blockNumber !== two.blockNumber) throw unproven('the two are about different heights');
  const fields = contradictions(one, two);
  if (fields.length === 0) throw unproven('the two are about the same block');
  const signers = [first, second].map(({ attestation, signature }) =>
    textSigner(proposalText(attestationDigest(domain, attestation)), signature),
  );
  const [sequencer, other] = signers;
  if (!sequencer || !other) throw unproven('a signature fits no key');
  if (sequencer !== other) throw unproven(`two accounts signed: ${sequencer} and ${other}`);
  return { sequencer, blockNumber: one.blockNumber, fields };
}

const proposal = object<SignedProposal>({ attestation: parseAttestation, signature: hex(65) });

export const parseEquivocation: Parser<Equivocation> = object<Equivocation>({
  first: proposal,
  second: proposal,
});

/** The answer of `GET /evidence`. */
export const parseEquivocations: Parser<Equivocation[]> = list(parseEquivocation, 10_000);
