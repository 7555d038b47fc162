import { anchorRegistrySlots } from '../../contracts/abi/AnchorRegistry.ts';
import { executeClaim } from '../../evm/execute-claim.ts';
import { runCall } from '../../evm/run-call.ts';
import { bigintToString, parseEvidence } from '../../protocol/evidence.ts';
import { isMisbehaviour, parseMisbehaviour } from '../../protocol/misbehaviour.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { type EvidenceDecision, verifyEvidence } from '../../protocol/verify-evidence.ts';
import { type MisbehaviourDecision, verifyMisbehaviour } from '../../protocol/verify-misbehaviour.ts';
import { readJson } from '../read-json.ts';

/**
 * Verifies an exported evidence document against a profile, with the code that the browser runs. No network.
 *
 * @throws `FILE_UNREADABLE`, `PARSE_INVALID`, `EVIDENCE_REFUSED`, `MISBEHAVIOUR_UNPROVEN`
 */
export async function verifyFile(
  evidenceFile: string,
  profileFile: string,
): Promise<EvidenceDecision | MisbehaviourDecision> {
  const json = readJson(evidenceFile);
  const profile = parseProfile(readJson(profileFile));
  if (isMisbehaviour(json)) return verifyMisbehaviour(parseMisbehaviour(json), profile, anchorRegistrySlots);
  const evidence = parseEvidence(json);
  const executed = await executeClaim(evidence, profile.execution.chainId, runCall);
  return verifyEvidence(evidence, profile, anchorRegistrySlots, executed);
}

/** The decision in lines for a person: every check that held, then what is proven and how far. */
export function describeDecision(decision: EvidenceDecision | MisbehaviourDecision): string {
  if ('signers' in decision)
    return [
      `Misbehaviour: ${decision.what}`,
      ...decision.signers.map((signer) => `  signed ${decision.signed}  ${signer}`),
    ].join('\n');
  const { claim, rung, steps } = decision;
  const { kind, ...rest } = claim;
  return [
    ...steps.map((step) => `  ok  ${step.what.padEnd(12)} ${step.detail}`),
    '',
    `Proven: ${rung}`,
    `${kind} ${JSON.stringify(rest, bigintToString)}`,
  ].join('\n');
}
