import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HskError } from '../../protocol/errors.ts';
import {
  type AuditEntry,
  parseAuditEntry,
  parseCaseDetail,
  parseListState,
  parseOverview,
  parseRescreenResult,
} from '../../protocol/issuer-desk.ts';
import { list, object } from '../../protocol/parse.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { parseServiceError } from '../../protocol/service-error.ts';
import { readJson } from '../read-json.ts';
import { ISSUER_DESK_USAGE } from './issuer-desk.ts';

const OPTIONS = {
  data: { type: 'string', default: '.hsk' },
  key: { type: 'string' },
  operator: { type: 'string' },
  url: { type: 'string' },
  profile: { type: 'string' },
  tier: { type: 'string' },
  clear: { type: 'string' },
  reason: { type: 'string' },
  note: { type: 'string' },
  kinds: { type: 'string' },
  memo: { type: 'string' },
  source: { type: 'string' },
  format: { type: 'string', default: 'ofac' },
  aliases: { type: 'string' },
  head: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** One order to the desk of a running issuer. */
export async function orderDesk(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [order = '', subject = ''] = positionals;
  const wrong = (what: string) => new HskError('NODE_USAGE', what, { action: `\n${ISSUER_DESK_USAGE}` });
  const print = (answer: unknown, words: string) => console.log(values.json ? JSON.stringify(answer) : words);
  const several = (given = '') => given.split(',').map((one) => one.trim()).filter(Boolean); // prettier-ignore
  const { memo, reason, note, source, format } = values;

  if (order === 'verify') {
    if (!subject) throw wrong('FILE is missing');
    const { verifyAudit } = await import('../issuer/desk/audit-chain.ts');
    const lines = list(parseAuditEntry, 10_000_000)(readJson(subject), 'record');
    const head = verifyAudit(lines, values.head);
    return print(
      { lines: lines.length, head },
      `The record holds: ${lines.length} lines, the last is ${head}.`,
    );
  }
  const { url, token } = await deskOf(values);
  const ask = async (route: string, body?: object) =>
    answerOf(
      await fetch(`${url}/desk/api${route}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  const decide = async (what: string, body: object) => {
    if (!subject) throw wrong('ID is missing');
    const detail = parseCaseDetail(await ask(`/cases/${subject}/${what}`, { ...body, memo }), 'case');
    print(detail, `${subject} is now: ${detail.summary.outcome ?? detail.summary.state}`);
  };

  switch (order) {
    case 'link':
      return console.log(`${url}/desk#key=${token}`);
    case 'cases': {
      const { open } = parseOverview(await ask('/overview'), 'overview');
      const lines = open.map(({ id, state, since, name, findings }) => {
        const day = new Date(since * 1000).toISOString().slice(0, 10);
        return `${id}  ${day}  ${state.padEnd(9)}  ${findings ? `${findings} found  ` : ''}${name ?? ''}`;
      });
      return print(open, lines.join('\n') || 'Nothing to decide.');
    }
    case 'show': {
      if (!subject) throw wrong('ID is missing');
      const detail = parseCaseDetail(await ask(`/cases/${subject}`), 'case');
      return print(detail, JSON.stringify(detail, null, 2));
    }
    case 'approve':
      return decide('approve', { tier: Number(values.tier), cleared: several(values.clear) });
    case 'refuse':
      return decide('refuse', { reason, note });
    case 'ask':
      return decide('ask', { kinds: several(values.kinds) });
    case 'revoke':
      return decide('revoke', { reason });
    case 'rescreen': {
      const result = parseRescreenResult(await ask('/rescreen', {}), 'result');
      return print(result, describeScreening(result));
    }
    case 'import': {
      if (!subject || !source) throw wrong('FILE and --source are needed');
      const aliases = values.aliases === undefined ? undefined : readFileSync(values.aliases, 'utf8');
      const main = readFileSync(subject, 'utf8');
      const parse = object({ list: parseListState, result: parseRescreenResult });
      const answer = parse(await ask('/lists', { source, format, main, aliases }), 'answer');
      const { entries, version } = answer.list;
      return print(
        answer,
        `${source} ${version} is in use: ${entries} entries. ${describeScreening(answer.result)}`,
      );
    }
    case 'audit': {
      const lines: AuditEntry[] = list(parseAuditEntry, 10_000_000)(await ask('/audit'), 'record');
      if (!subject) return console.log(JSON.stringify(lines));
      writeFileSync(subject, JSON.stringify(lines), { mode: 0o600 });
      return print(
        { lines: lines.length },
        `${lines.length} lines, the last is ${lines.at(-1)?.hash ?? '-'}.`,
      );
    }
    default:
      throw wrong(order ? `The desk does not know the order ${order}` : 'An order is missing');
  }
}

function describeScreening(result: ReturnType<typeof parseRescreenResult>): string {
  const { screened, matched, lapsed, reissued } = result;
  return `${screened} screened: ${matched} found, ${lapsed} lapsed, ${reissued} issued again.`;
}

async function deskOf(values: {
  data: string;
  key?: string | undefined;
  operator?: string | undefined;
  url?: string | undefined;
  profile?: string | undefined;
}): Promise<{ url: string; token: string }> {
  const { DESK_KEY, readOperators } = await import('../issuer/desk/operators.ts');
  const file = values.key ?? path.join(values.data, 'issuer', DESK_KEY);
  if (!existsSync(file))
    throw new HskError('NODE_USAGE', 'There is no key to the desk here', {
      details: file,
      action: 'Start the issuer once, or give --data or --key.',
    });
  const operators = readOperators(file);
  const operator = operators.find(({ name }) => values.operator === undefined || name === values.operator);
  if (!operator)
    throw new HskError('NODE_USAGE', 'The desk has no such operator', { details: values.operator ?? '' });
  const url =
    values.url ??
    parseProfile(readJson(values.profile ?? path.join(values.data, 'profile.json'))).services.issuer;
  return { url: url.replace(/\/+$/, ''), token: operator.token };
}

async function answerOf(response: Response): Promise<unknown> {
  const body = (await response.json().catch(() => undefined)) as { error?: unknown } | undefined;
  if (response.ok) return body;
  throw parseServiceError(body?.error, `HTTP ${response.status}`);
}
