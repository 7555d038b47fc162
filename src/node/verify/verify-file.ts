import { readFileSync } from 'node:fs';
import { anchorRegistrySlots } from '../../contracts/abi/AnchorRegistry.ts';
import { HskError } from '../../protocol/errors.ts';
import { bigintToString, parseEvidence } from '../../protocol/evidence.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { type EvidenceDecision, verifyEvidence } from '../../protocol/verify-evidence.ts';

/**
 * Verifies an exported evidence document against a profile, with the code that the browser runs. No network.
 *
 * @throws `VERIFY_FILE_UNREADABLE`, `PARSE_INVALID`, `EVIDENCE_REFUSED`
 */
export function verifyFile(evidenceFile: string, profileFile: string): EvidenceDecision {
  const evidence = parseEvidence(readJson(evidenceFile));
  return verifyEvidence(evidence, parseProfile(readJson(profileFile)), anchorRegistrySlots);
}

function readJson(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HskError('VERIFY_FILE_UNREADABLE', 'The file cannot be read', { details: file, cause });
  }
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new HskError('VERIFY_FILE_UNREADABLE', 'The file is not JSON', { details: file, cause });
  }
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
