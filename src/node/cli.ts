#!/usr/bin/env -S node --stack-size=4000
import { HskError, toHskError } from '../protocol/errors.ts';
import { committee, COMMITTEE_USAGE } from './commands/committee.ts';
import { start, START_USAGE } from './commands/start.ts';
import { verify, VERIFY_USAGE } from './commands/verify.ts';

const USAGE = `hsk-node: the packaged reference network

Usage
  hsk-node start --data DIR [options]      start both chains and every service
  hsk-node committee --data DIR [options]  one member of the committee as a process of its own
  hsk-node verify FILE [--profile FILE]    verify an exported evidence document, offline
  hsk-node help                            this text

${START_USAGE}
${COMMITTEE_USAGE}
${VERIFY_USAGE}`;

/** Each reads its own arguments and returns when its work is done. */
const COMMANDS = new Map<string, (args: string[]) => Promise<void>>([
  ['start', start],
  ['committee', committee],
  ['verify', verify],
  ['help', async () => console.log(USAGE)],
]);

async function main([name = '', ...args]: string[]): Promise<void> {
  const command = COMMANDS.get(/^(?:--help|-h)$/.test(name) ? 'help' : name);
  if (!command)
    throw new HskError('NODE_USAGE', name ? `There is no command ${name}` : 'A command is missing', {
      action: `\n${USAGE}`,
    });
  await command(args);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (thrown: unknown) => {
    const error = toHskError(thrown);
    const known =
      error.code !== 'INTERNAL' || String((thrown as { code?: unknown }).code).startsWith('ERR_PARSE');
    process.stderr.write(
      known
        ? `hsk-node: ${error.message}\n`
        : `hsk-node: ${error.walk() instanceof Error ? (error.walk() as Error).stack : error.message}\n`,
    );
    process.exit(1);
  },
);
