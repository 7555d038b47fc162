import { parseArgs } from 'node:util';
import { HskError } from '../../protocol/errors.ts';

export const VERIFY_USAGE = `Options of verify
  --profile FILE      the chain profile to verify against (default ./.hsk/profile.json)
  --json              print the decision as one line of JSON
`;

/** Verifies an exported evidence document, offline. */
export async function verify(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: '.hsk/profile.json' },
      json: { type: 'boolean', default: false },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new HskError('NODE_USAGE', 'Exactly one evidence document is verified', {
      action: 'hsk-node verify FILE [--profile FILE]',
    });
  const { describeDecision, verifyFile } = await import('../verify/verify-file.ts');
  const { bigintToString } = await import('../../protocol/evidence.ts');
  const decision = await verifyFile(file, values.profile);
  console.log(values.json ? JSON.stringify(decision, bigintToString) : describeDecision(decision));
}
