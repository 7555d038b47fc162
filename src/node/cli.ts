#!/usr/bin/env -S node --stack-size=4000
import { parseArgs } from 'node:util';
import { HskError, toHskError } from '../protocol/errors.ts';

const USAGE = `hsk-node: the packaged reference network

Usage
  hsk-node start --data DIR [options]      start both chains and every service
  hsk-node verify FILE [--profile FILE]    verify an exported evidence document, offline
  hsk-node help                            this text

Options of start
  --data DIR          where everything is kept; made when missing (default ./.hsk)
  --port PORT         one port for everything; 0 takes a free one (default 8599)
  --host HOST         address to listen on (default 127.0.0.1)
  --public-url URL    how clients reach this node, when not at host and port
  --json              print one line of JSON when ready

Options of verify
  --profile FILE      the chain profile to verify against (default ./.hsk/profile.json)
  --json              print the decision as one line of JSON
`;

async function start(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: '.hsk' },
      port: { type: 'string', default: '8599' },
      host: { type: 'string', default: '127.0.0.1' },
      'public-url': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new HskError('NODE_USAGE', 'The port is not a port', {
      details: values.port,
      action: 'Give a number from 0 to 65535.',
    });
  // 1,024 nested contract calls need more than Node's default stack; the flag only works on the command line.
  if (!process.execArgv.some((flag) => /^--stack[-_]size=/.test(flag)))
    process.stderr.write(
      'hsk-node: run as `node --stack-size=4000 …`, or contract calls nested deeply will fail\n',
    );
  const { startReferenceNode } = await import('./reference-node.ts');
  const node = await startReferenceNode({
    dataDir: values.data,
    port,
    host: values.host,
    ...(values['public-url'] !== undefined && { publicUrl: values['public-url'].replace(/\/+$/, '') }),
    report: (message) => process.stderr.write(`${new Date().toISOString()} ${message}\n`),
  });
  if (values.json) {
    console.log(JSON.stringify({ endpoints: node.endpoints, profile: node.profileFile }));
  } else {
    console.log('The reference network is up.\n');
    for (const [name, url] of Object.entries(node.endpoints)) console.log(`  ${name.padEnd(12)} ${url}`);
    console.log(`\n  profile      ${node.profileFile}\n\nCtrl-C stops it.`);
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  // A second signal does not wait.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await node.close();
}

async function verify(args: string[]): Promise<void> {
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
  const { describeDecision, verifyFile } = await import('./verify/verify-file.ts');
  const { bigintToString } = await import('../protocol/evidence.ts');
  const decision = verifyFile(file, values.profile);
  console.log(values.json ? JSON.stringify(decision, bigintToString) : describeDecision(decision));
}

async function main([command, ...args]: string[]): Promise<number> {
  switch (command) {
    case 'start':
      await start(args);
      return 0;
    case 'verify':
      await verify(args);
      return 0;
    case 'help':
    case '--help':
    case '-h':
      console.log(USAGE);
      return 0;
    default:
      throw new HskError('NODE_USAGE', command ? `There is no command ${command}` : 'A command is missing', {
        action: `\n${USAGE}`,
      });
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
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
