import path from 'node:path';
import { DESK_KEY, readOperators } from './operators.ts';

/**
 * How the operator opens the desk, for the terminal: with the key in the fragment, which no server sees. Where the
 * output goes into a log instead, it only says how to have the link printed.
 */
export function deskLink(dataDir: string, issuer: string): string {
  if (!process.stdout.isTTY) return `hsk-node issuer-desk link --data ${dataDir}`;
  const [first] = readOperators(path.join(dataDir, 'issuer', DESK_KEY));
  return `${issuer}/desk#key=${first!.token}`;
}
