import { existsSync } from 'node:fs';
import type { Address } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex, optional } from '../../protocol/parse.ts';
import { describeOptions } from '../config/options.ts';
import { readSettings } from '../config/settings.ts';
import { awaitProfile } from '../network/await-profile.ts';
import { openLog } from '../ops/log.ts';
import { stopSignal } from './stop-signal.ts';

const OPTIONS = [
  'config',
  'data',
  'host',
  'port',
  'profile',
  'network',
  'sequencer',
  'auditors',
  'publicReads',
  'name',
  'mainchainUrl',
  'genesisHash',
  'log',
  'logLevel',
  'json',
] as const;

export const COMMITTEE_USAGE = `Options of committee (one member as a process of its own)
${describeOptions(OPTIONS)}`;

/** One member of the committee, until a signal ends it. `committee rotate` opens a new epoch instead. */
export async function committee(args: string[]): Promise<void> {
  if (args[0] === 'rotate') return (await import('./rotate.ts')).rotate(args.slice(1));
  const settings = readSettings(OPTIONS, args);
  const report = openLog(settings.log, settings.logLevel);
  const { startMember } = await import('../committee/member-process.ts');
  const member = await startMember({
    dataDir: settings.data,
    port: settings.port,
    host: settings.host,
    profile: await awaitProfile(settings.profile, report),
    sequencer: await sequencerOf(settings.sequencer, settings.network),
    auditors: (settings.auditors?.split(',') ?? []).map((one) => address(one.trim(), '--auditors')),
    publicReads: settings.publicReads,
    name: settings.name,
    report,
    mainchainUrl: settings.mainchainUrl,
    genesisHash: optional(hex(32))(settings.genesisHash, '--genesis-hash'),
  });
  const { publicKey } = member.member.key;
  if (settings.json) console.log(JSON.stringify({ url: member.url, publicKey }));
  else
    console.log(`The committee member is up.\n\n  address      ${member.url}\n  key          ${publicKey}\n`);
  await stopSignal();
  await member.close();
}

async function sequencerOf(given: string | undefined, network: string): Promise<Address> {
  if (given !== undefined) return address(given, '--sequencer');
  if (!existsSync(network))
    throw new HskError('NODE_USAGE', '--sequencer is missing, and there is no network file that names it', {
      action: `\n${COMMITTEE_USAGE}`,
    });
  return (await import('../network/network.ts')).readNetwork(network).accounts.sequencer;
}
