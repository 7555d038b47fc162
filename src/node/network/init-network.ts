import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../protocol/errors.ts';
import type { Access } from '../../protocol/profile.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { makeKeys, MEMBERS, type NewKeys, VALIDATORS } from '../keys/node-keys.ts';
import { INSIDER_FILE } from '../keys/insider.ts';
import { layout, type ProcessLayout } from './layout.ts';
import { localNetwork } from './local-network.ts';
import type { Network } from './network.ts';

export interface InitOptions {
  /** Made; must not hold anything yet. */
  directory: string;
  /** Host in every address of the network file. */
  host: string;
  /** The first process takes this port, each further one the next. */
  basePort: number;
  access: Access;
  foreign?: { url: string; chainId: number } | undefined;
}

/**
 * Lays out a network of one process for each part: `network.json`, and for each process a directory with its
 * keys, which no other has, and its `config.json`.
 *
 * @throws `NETWORK_EXISTS` when the directory holds something
 */
export function initNetwork(options: InitOptions): { network: Network; processes: ProcessLayout[] } {
  const { directory, host, basePort, access, foreign } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (readdirSync(directory).length > 0)
    throw new HskError('NETWORK_EXISTS', 'The directory for the new network is not empty', {
      details: directory,
      action: 'Give --out a new directory. Keys that are there are never written over.',
    });
  const processes = layout({ validators: VALIDATORS, members: MEMBERS }, basePort, foreign === undefined);
  const made = makeKeys();
  const network = addressed(localNetwork(made.keys, '', access, foreign), host, processes);
  const insider = randomBytes(32).toString('hex');
  for (const one of processes) writeProcess(path.join(directory, one.name), one, made, insider);
  writeDurably(path.join(directory, 'network.json'), json(network), 0o644);
  return { network, processes };
}

function writeProcess(
  home: string,
  { name, command, port, keys }: ProcessLayout,
  made: NewKeys,
  insider: string,
): void {
  const isMember = command === 'committee';
  const keyDirectory = isMember ? home : path.join(home, 'keys');
  mkdirSync(keyDirectory, { recursive: true, mode: 0o700 });
  for (const key of keys) {
    const file = isMember ? 'member.key' : `${key}.key`;
    writeDurably(path.join(keyDirectory, file), `${made.secrets[key]!}\n`);
  }
  // A member is an institution of its own: it asks nobody of this network for anything private.
  if (!isMember) writeDurably(path.join(keyDirectory, INSIDER_FILE), `${insider}\n`);
  const config = {
    data: '.',
    network: '../network.json',
    profile: '../profile.json',
    ...(port !== undefined && { port }),
    ...(isMember && { name }),
  };
  writeDurably(path.join(home, 'config.json'), json(config), 0o644);
}

/** The same network, each part at the address of its own process. */
function addressed(network: Network, host: string, processes: readonly ProcessLayout[]): Network {
  const at = (name: string) => {
    const { port } = processes.find((one) => one.name === name)!;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  };
  const { mainchain, execution, committee } = network;
  return {
    ...network,
    mainchain: { ...mainchain, url: `${at('mainchain')}/mainchain` },
    execution:
      execution.engine === 'foreign' ? execution : { ...execution, url: `${at('execution')}/execution` },
    committee: {
      ...committee,
      members: committee.members.map((member, index) => ({ ...member, url: at(`member-${index}`) })),
    },
    services: {
      gateway: `${at('anchorer')}/execution`,
      bridge: at('bridge'),
      issuer: `${at('issuer')}/issuer`,
      desk: `${at('desk')}/desk`,
      faucet: `${at('faucet')}/faucet`,
      hsp: `${at('hsp')}/hsp`,
      facilitator: `${at('hsp')}/x402`,
    },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
