import { anchorRegistrySlots } from '../../contracts/abi/AnchorRegistry.ts';
import { bigintToString, parseEvidence } from '../../protocol/evidence.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { type EvidenceDecision, verifyEvidence } from '../../protocol/verify-evidence.ts';
import { readJson } from '../read-json.ts';

/**
 * Verifies an exported evidence document against a profile, with the code that the browser runs. No network.
 *
 * @throws `FILE_UNREADABLE`, `PARSE_INVALID`, `EVIDENCE_REFUSED`
 */
export function verifyFile(evidenceFile: string, profileFile: string): EvidenceDecision {
  const evidence = parseEvidence(readJson(evidenceFile));
  return verifyEvidence(evidence, parseProfile(readJson(profileFile)), anchorRegistrySlots);
}

/** The decision in lines for a person: every check that held, then what is proven and how far. */
export function describeDecision({ claim, rung, steps }: EvidenceDecision): string {
  const { kind, ...rest } = claim;
  return [
    ...steps.map((step) => `  ok  ${step.what.padEnd(12)} ${step.detail}`),
    '',
    `Proven: ${rung}`,
    `${kind} ${JSON.stringify(rest, bigintToString)}`,
  ].join('\n');
}
