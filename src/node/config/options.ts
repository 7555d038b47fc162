import { LOG_FORMATS, LOG_LEVELS } from '../ops/log.ts';

/** How the text of an option is read. Paths in a config file are relative to the file. */
export type Kind = 'text' | 'path' | 'url' | 'port' | 'number' | 'switch' | readonly string[];

export interface Option {
  /** On the command line, without the dashes; in a config file in camelCase. */
  flag: string;
  kind: Kind;
  default?: string;
  /** Placeholder in the usage. */
  value?: string;
  help: string;
}

/** Every option of the commands that run something, in the order of the usage. */
export const OPTIONS = {
  config: { flag: 'config', kind: 'path', value: 'FILE', help: 'read options from this JSON file; flags come first' },
  data: { flag: 'data', kind: 'path', value: 'DIR', default: '.hsk', help: 'where everything is kept; made when missing' },
  network: { flag: 'network', kind: 'path', value: 'FILE', default: 'network.json', help: 'the network file that `hsk-node init` wrote' },
  profile: { flag: 'profile', kind: 'path', value: 'FILE', default: 'profile.json', help: 'the chain profile that `hsk-node deploy` wrote' },
  host: { flag: 'host', kind: 'text', value: 'HOST', default: '127.0.0.1', help: 'address to listen on' },
  port: { flag: 'port', kind: 'port', value: 'PORT', default: '8599', help: 'port for everything; 0 takes a free one' },
  publicUrl: { flag: 'public-url', kind: 'url', value: 'URL', help: 'how clients reach this process, when not at host and port' },
  out: { flag: 'out', kind: 'path', value: 'DIR', default: 'network', help: 'where the network is laid out; must be new' },
  basePort: { flag: 'base-port', kind: 'port', value: 'PORT', default: '8600', help: 'port of the first process; each further one takes the next' },
  executionUrl: { flag: 'execution-url', kind: 'url', value: 'URL', help: 'attach to the existing network at this JSON-RPC address instead of the embedded engine' },
  funder: { flag: 'funder', kind: 'path', value: 'FILE', help: 'with --execution-url: a key file whose account pays the first gas of the others' },
  scheme: { flag: 'scheme', kind: ['bls', 'ecdsa'], value: 'SCHEME', default: 'bls', help: 'how the committee signs; ecdsa for a mainchain without EIP-2537; fixed by the first start' },
  senders: { flag: 'senders', kind: ['open', 'admitted'], value: 'WHO', default: 'open', help: 'who sends: everybody but the suspended, or whom the AccessRegistry admits' },
  reads: { flag: 'reads', kind: ['public', 'private'], value: 'WHO', default: 'public', help: 'private: all but headers, attestations and anchors needs a session and shows an account its own' },
  gas: { flag: 'gas', kind: ['market', 'free'], value: 'PRICE', default: 'market', help: 'free: no base fee, and nothing to pay for who has free gas; fixed by the first start' },
  mandates: { flag: 'mandates', kind: ['count', 'require', 'off'], value: 'RULE', default: 'count', help: 'agents of whom payments are settled: count against a mandate where there is one, require one, or off' },
  url: { flag: 'url', kind: 'url', value: 'URL', help: 'address of one running process' },
  sequencer: { flag: 'sequencer', kind: 'text', value: 'ACCOUNT', help: 'the one account whose blocks a member signs (default: the network file says)' },
  auditors: { flag: 'auditors', kind: 'text', value: 'A,B,…', help: 'accounts that may read everything a member holds' },
  issuerReview: { flag: 'issuer-review', kind: ['rules', 'all'], value: 'WHICH', default: 'rules', help: 'which applications for a credential a person decides: those that are not clear, or every one' },
  screeningDays: { flag: 'screening-days', kind: 'number', value: 'DAYS', default: '30', help: 'days after which an imported sanctions list is too old: credentials lapse until there is a newer one' },
  publicReads: { flag: 'public-reads', kind: 'switch', help: 'anybody reads anything, unsigned; for demonstrations' },
  name: { flag: 'name', kind: 'text', value: 'NAME', help: 'what the member calls itself' },
  mainchainUrl: { flag: 'mainchain-url', kind: 'url', value: 'URL', help: 'mainchain endpoint of its own (default: the profile\'s)' },
  genesisHash: { flag: 'genesis-hash', kind: 'text', value: 'HASH', help: 'first block of the execution chain (default: asked once, then kept)' },
  log: { flag: 'log', kind: LOG_FORMATS, value: 'FORMAT', default: 'text', help: 'form of the log on standard error' },
  logLevel: { flag: 'log-level', kind: LOG_LEVELS, value: 'LEVEL', default: 'info', help: 'what the log leaves out' },
  json: { flag: 'json', kind: 'switch', help: 'print one line of JSON when ready' },
} as const satisfies Record<string, Option>; // prettier-ignore

export type OptionName = keyof typeof OPTIONS;

type ValueOf<O extends Option> = O['kind'] extends 'switch'
  ? boolean
  : O['kind'] extends 'port' | 'number'
    ? number
    : O['kind'] extends readonly (infer Choice)[]
      ? Choice
      : string;

/** An option with a default always has a value. */
export type Settings<N extends OptionName> = {
  [K in N as (typeof OPTIONS)[K] extends { default: string } | { kind: 'switch' } ? K : never]: ValueOf<
    (typeof OPTIONS)[K]
  >;
} & {
  [K in N as (typeof OPTIONS)[K] extends { default: string } | { kind: 'switch' } ? never : K]?: ValueOf<
    (typeof OPTIONS)[K]
  >;
};

/** The lines of a usage text about these options. */
export function describeOptions(names: readonly OptionName[]): string {
  return names
    .map((name) => {
      const option: Option = OPTIONS[name];
      const { flag, value, help, kind } = option;
      const choices = typeof kind === 'string' ? '' : `, one of ${kind.join(', ')}`;
      const fallback = option.default === undefined ? '' : ` (default ${option.default})`;
      return `  ${`--${flag}${value ? ` ${value}` : ''}`.padEnd(22)}${help}${choices}${fallback}\n`;
    })
    .join('');
}
