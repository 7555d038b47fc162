import { flag, integer, object, type Parser, text } from '../../protocol/parse.ts';
import type { Network } from '../network/network.ts';
import type { PartState } from './part-state.ts';
import type { ProcessStatus } from './routes.ts';

/** A process of a network, and where it answers. */
export interface Addressed {
  name: string;
  /** `http://host:port` */
  url: string;
}

export interface AskedStatus extends Addressed {
  /** Absent when the process does not answer, or answers something else. */
  status?: ProcessStatus;
}

const TIMEOUT_MS = 5000;

/** The processes that a network file names: parts at one address are one process. */
export function processesOf({ mainchain, execution, committee, services }: Network): Addressed[] {
  const named: [name: string, url: string][] = [
    ['mainchain', mainchain.url],
    ...(execution.engine === 'embedded' ? [['execution', execution.url] as [string, string]] : []),
    ...committee.members.map(({ name, url }): [string, string] => [name, url]),
    ['anchorer', services.gateway],
    ['bridge', services.bridge],
    ['issuer', services.issuer],
    ['desk', services.desk],
    ['faucet', services.faucet],
    ['hsp', services.hsp],
  ];
  const byOrigin = new Map<string, string>();
  for (const [name, url] of named) {
    const { origin } = new URL(url);
    byOrigin.set(origin, byOrigin.has(origin) ? new URL(url).host : name);
  }
  return [...byOrigin].map(([url, name]) => ({ name, url }));
}

const parseParts: Parser<Record<string, PartState>> = (value, path) =>
  Object.fromEntries(
    Object.entries(object<object>({})(value, path) && (value as Record<string, unknown>)).map(
      ([name, state]) => [
        name,
        {
          figures: {},
          ...object<Omit<PartState, 'figures'>>({ ok: flag, words: text })(state, `${path}.${name}`),
        },
      ],
    ),
  );

const parseStatus = object<ProcessStatus>({
  version: text,
  ready: flag,
  uptimeSeconds: integer,
  parts: parseParts,
});

export async function askStatus(asked: Addressed): Promise<AskedStatus> {
  try {
    const response = await fetch(`${asked.url}/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { ...asked, status: parseStatus(await response.json(), 'status') };
  } catch {
    return asked;
  }
}

/** A line for each part: `✓ execution  block 1,204, 2 s old`. */
export function describeStatuses(answers: readonly AskedStatus[]): string {
  const lines = answers.flatMap(({ name, url, status }) => {
    if (!status) return [`✗ ${name.padEnd(16)} ${url}  does not answer`];
    const parts = Object.entries(status.parts);
    const head = `${status.ready ? '✓' : '✗'} ${name.padEnd(16)} ${url}  up for ${duration(status.uptimeSeconds)}, version ${status.version}`;
    return [head, ...parts.map(([part, { ok, words }]) => `  ${ok ? '·' : '✗'} ${part.padEnd(14)} ${words}`)];
  });
  const well = answers.filter(({ status }) => status?.ready).length;
  return [...lines, '', `${well} of ${answers.length} processes work as they should.`].join('\n');
}

function duration(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
