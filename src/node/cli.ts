#!/usr/bin/env -S node --stack-size=4000
import { HskError } from '../protocol/errors.ts';
import { audit, AUDIT_USAGE } from './commands/audit.ts';
import { committee, COMMITTEE_USAGE } from './commands/committee.ts';
import { deploy, DEPLOY_USAGE } from './commands/deploy.ts';
import { endWith } from './commands/end-with.ts';
import { init, INIT_USAGE } from './commands/init.ts';
import { issuerDesk, ISSUER_DESK_USAGE } from './commands/issuer-desk.ts';
import { network, NETWORK_USAGE } from './commands/network.ts';
import { PART_USAGE, runPart } from './commands/run-part.ts';
import { rebuild, REBUILD_USAGE } from './commands/rebuild.ts';
import { ROTATE_USAGE } from './commands/rotate.ts';
import { start, START_USAGE } from './commands/start.ts';
import { status, STATUS_USAGE } from './commands/status.ts';
import { verify, VERIFY_USAGE } from './commands/verify.ts';
import type { PartName } from './parts/parts.ts';

interface Command {
  summary: string;
  /** Options, as `hsk-node help COMMAND` shows them. */
  usage: string;
  /** Reads its own arguments and returns when its work is done. */
  run(args: string[]): Promise<void>;
}

const part = (name: PartName, summary: string): [string, Command] => [
  name,
  { summary, usage: PART_USAGE, run: runPart(name) },
];

const COMMANDS = new Map<string, Command>([
  ['start', { summary: 'both chains and every service in one process', usage: START_USAGE, run: start }],
  ['init', { summary: 'lay out a network of one process for each part', usage: INIT_USAGE, run: init }],
  part('mainchain', 'the mainchain with its validators'),
  part('execution', 'the execution chain'),
  [
    'committee',
    {
      summary: 'one member of the committee; `committee rotate` opens the next epoch',
      usage: `${COMMITTEE_USAGE}\n${ROTATE_USAGE}`,
      run: committee,
    },
  ],
  part('anchorer', 'gathers attestations, anchors them, and is the address for clients'),
  part('bridge', 'brings deposits over and keeps lock states proven'),
  part('issuer', 'issues credentials'),
  [
    'issuer-desk',
    {
      summary: 'cases, sanctions lists and the record of the issuer, from the command line',
      usage: ISSUER_DESK_USAGE,
      run: issuerDesk,
    },
  ],
  part('desk', 'quotes and offering documents'),
  part('faucet', 'gives newcomers something to try with'),
  part('hsp', 'the HSP Coordinator and the x402 facilitator'),
  [
    'deploy',
    { summary: 'put the contracts on the chains, write the profile', usage: DEPLOY_USAGE, run: deploy },
  ],
  [
    'status',
    { summary: 'how a process, or every process of a network, is', usage: STATUS_USAGE, run: status },
  ],
  ['audit', { summary: 'who attested what, verified again', usage: AUDIT_USAGE, run: audit }],
  [
    'rebuild',
    {
      summary: 'the execution chain anew, from what the committee holds',
      usage: REBUILD_USAGE,
      run: rebuild,
    },
  ],
  ['verify', { summary: 'verify an exported evidence document, offline', usage: VERIFY_USAGE, run: verify }],
  [
    'network',
    { summary: 'what is public of HashKey Chain, for a profile', usage: NETWORK_USAGE, run: network },
  ],
  ['help', { summary: 'this text, or the options of one command', usage: '', run: help }],
]);

const OVERVIEW = () => `hsk-node: an institutional network, in one process or many

Usage
  hsk-node COMMAND [options]
  hsk-node help COMMAND

Commands
${[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}\n`).join('')}`;

async function help([name]: string[]): Promise<void> {
  const command = name === undefined ? undefined : COMMANDS.get(name);
  console.log(command ? `hsk-node ${name}: ${command.summary}\n\n${command.usage}` : OVERVIEW());
}

async function main([name = '', ...args]: string[]): Promise<void> {
  const command = COMMANDS.get(/^(?:--help|-h)$/.test(name) ? 'help' : name);
  if (!command)
    throw new HskError('NODE_USAGE', name ? `There is no command ${name}` : 'A command is missing', {
      action: `\n${OVERVIEW()}`,
    });
  await (args.some((arg) => arg === '--help' || arg === '-h') ? help([name]) : command.run(args));
}

// What a running node cannot survive ends it with the same words as a failed start.
process.on('uncaughtException', endWith);
main(process.argv.slice(2)).then(() => process.exit(), endWith);
