import { parseArgs } from 'node:util';
import { HskError } from '../../protocol/errors.ts';
import { address, flag, hex, list, object, optional, type Parser, text } from '../../protocol/parse.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { readJson } from '../read-json.ts';
import { portOption } from '../config/port.ts';
import { stopSignal } from './stop-signal.ts';

export const COMMITTEE_USAGE = `Options of committee (one member as a process of its own)
  --data DIR              its key, blocks and record of disclosures; made when missing
  --port PORT             default 8700; 0 takes a free one
  --host HOST             address to listen on (default 127.0.0.1)
  --profile FILE          the chain profile
  --sequencer ACCOUNT     the one account whose blocks it signs
  --auditor ACCOUNT       may read everything; several times for several
  --public-reads          anybody reads anything, unsigned; for demonstrations
  --name NAME             what it calls itself
  --mainchain-url URL     its own mainchain endpoint (default: the profile's)
  --genesis-hash HASH     block that the first attested one follows (default: asked once, then kept)
  --config FILE           the same names in JSON ("auditors" is a list); options given beside it win
  --json                  print one line of JSON when ready
`;

const OPTIONS = {
  data: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  profile: { type: 'string' },
  sequencer: { type: 'string' },
  auditor: { type: 'string', multiple: true },
  'public-reads': { type: 'boolean' },
  name: { type: 'string' },
  'mainchain-url': { type: 'string' },
  'genesis-hash': { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

interface Settings {
  data: string | undefined;
  port: string | undefined;
  host: string | undefined;
  profile: string | undefined;
  sequencer: string | undefined;
  auditors: string[] | undefined;
  'public-reads': boolean | undefined;
  name: string | undefined;
  'mainchain-url': string | undefined;
  'genesis-hash': string | undefined;
}

const portText: Parser<string> = (value, path) =>
  typeof value === 'number' ? String(value) : text(value, path);
const parseSettings = object<Settings>({
  data: optional(text),
  port: optional(portText),
  host: optional(text),
  profile: optional(text),
  sequencer: optional(text),
  auditors: optional(list(text, 1000)),
  'public-reads': optional(flag),
  name: optional(text),
  'mainchain-url': optional(text),
  'genesis-hash': optional(text),
});

/** One member of the committee, until a signal ends it. `committee rotate` opens a new epoch instead. */
export async function committee(args: string[]): Promise<void> {
  if (args[0] === 'rotate') return (await import('./rotate.ts')).rotate(args.slice(1));
  const { values } = parseArgs({ args, options: OPTIONS });
  const file = parseSettings(values.config === undefined ? {} : readJson(values.config), 'config');
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const settings: Settings = { ...file, ...given, auditors: values.auditor ?? file.auditors };
  const { startMember } = await import('../committee/member-process.ts');
  const member = await startMember({
    dataDir: required(settings.data, '--data'),
    port: portOption(settings.port ?? '8700'),
    host: settings.host,
    profile: parseProfile(readJson(required(settings.profile, '--profile'))),
    sequencer: address(required(settings.sequencer, '--sequencer'), '--sequencer'),
    auditors: (settings.auditors ?? []).map((auditor) => address(auditor, '--auditor')),
    publicReads: settings['public-reads'] ?? false,
    name: settings.name,
    mainchainUrl: settings['mainchain-url'],
    genesisHash: optional(hex(32))(settings['genesis-hash'], '--genesis-hash'),
  });
  const { publicKey } = member.member.key;
  if (values.json) console.log(JSON.stringify({ url: member.url, publicKey }));
  else
    console.log(`The committee member is up.\n\n  address      ${member.url}\n  key          ${publicKey}\n`);
  await stopSignal();
  await member.close();
}

function required(value: string | undefined, option: string): string {
  if (value === undefined)
    throw new HskError('NODE_USAGE', `${option} is missing`, { action: `\n${COMMITTEE_USAGE}` });
  return value;
}
