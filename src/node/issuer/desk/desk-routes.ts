import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HskError } from '../../../protocol/errors.ts';
import {
  CASE_STATES,
  type CaseDetail,
  type CaseSummary,
  type DeskOverview,
  type ListState,
  parseApproval,
  parseDocumentRequest,
  parseListImport,
  parseRefusalOrder,
  parseRevocation,
} from '../../../protocol/issuer-desk.ts';
import { oneOf, optional } from '../../../protocol/parse.ts';
import { documentsOf } from '../case/case.ts';
import { type Actor, type Office, subjectOf } from '../office.ts';
import { plain } from '../screening/plain.ts';
import { approve, ask, record, refuse } from '../verbs/decide.ts';
import { rescreen } from '../verbs/rescreen.ts';
import { revoke } from '../verbs/revoke.ts';
import { detailOf, nameOf, summaryOf } from './describe-case.ts';
import { type Operator, operatorOf } from './operators.ts';

const LARGEST_LIST = 64 * 1024 ** 2;
const LARGEST_ORDER = 65_536;
/** Cases of one answer. */
const MOST_CASES = 200;

const limit = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new HskError('ISSUER_FORM_TOO_LARGE', 'This is larger than the desk takes', {
        details: `more than ${maxSize} bytes`,
      });
    },
  });

interface DeskEnvironment {
  Variables: { operator: Operator };
}

/**
 * What the desk asks, for its operators alone: every request carries an operator's token, every act is in the audit
 * log, and no other origin may ask at all.
 */
export function deskRoutes(office: Office, operators: readonly Operator[]): Hono<DeskEnvironment> {
  const { cases, lists, audit, settings } = office;
  const { now } = settings;
  const app = new Hono<DeskEnvironment>();
  app.use(async (c, next) => {
    c.header('cache-control', 'no-store');
    requireOwnOrigin(c);
    const operator = operatorOf(operators, c.req.header('authorization'));
    if (!operator)
      throw new HskError('ISSUER_DESK_REFUSED', 'The desk is for its operators', {
        action: 'Open it by the link that `hsk-node issuer-desk link` prints.',
      });
    c.set('operator', operator);
    await next();
  });
  const actor = (c: Context<DeskEnvironment>, memo?: string): Actor => ({
    who: c.get('operator').name,
    ...(memo !== undefined && { memo }),
  });
  const seen = (c: Context<DeskEnvironment>, id: string, what: string) =>
    record(office, id, 'viewed', what, actor(c));
  const screeningAge = settings.screeningDays * 86_400;

  app.get('/overview', (c) => {
    const all = cases.all();
    const counts = Object.fromEntries(CASE_STATES.map((state) => [state, 0])) as DeskOverview['counts'];
    for (const one of all) if (one.now.state !== 'new') counts[one.now.state]++;
    const open = all
      .filter((one) => one.now.state === 'review' || one.now.state === 'documents')
      .toSorted((a, b) => a.openedAt - b.openedAt)
      .slice(0, MOST_CASES);
    return c.json({
      operator: c.get('operator').name,
      now: now(),
      counts,
      lists: lists.states(now(), screeningAge),
      screeningAge,
      screenedAt: audit.last('screened'),
      open: open.map((one) => summaryOf(office, one)),
    } satisfies DeskOverview);
  });
  app.get('/cases', async (c) => {
    const state = optional(oneOf(...CASE_STATES))(c.req.query('state'), 'state');
    const asked = plain((c.req.query('name') ?? '').slice(0, 100))
      .split(' ')
      .filter(Boolean);
    const found: CaseSummary[] = [];
    for (const one of cases.all().toReversed()) {
      if (found.length === MOST_CASES) break;
      if (state !== undefined && one.now.state !== state) continue;
      if (asked.length > 0) {
        const subject = subjectOf(office, one);
        const name = subject ? ` ${plain(nameOf(subject))}` : '';
        if (!asked.every((word) => name.includes(` ${word}`))) continue;
      }
      found.push(summaryOf(office, one));
    }
    if (asked.length > 0) await audit.write({ at: now(), who: c.get('operator').name, action: 'searched' });
    return c.json(found);
  });
  app.get('/cases/:id', async (c) => {
    const one = cases.get(c.req.param('id'));
    await seen(c, one.id, 'case');
    return c.json(detailOf(office, one) satisfies CaseDetail);
  });
  app.get('/cases/:id/documents/:kind', async (c) => {
    const one = cases.get(c.req.param('id'));
    const document = documentsOf(one.now).find(({ kind }) => kind === c.req.param('kind'));
    if (!document)
      throw new HskError('ISSUER_NO_SUCH_DOCUMENT', 'There is no such document in this case', {
        details: c.req.param('kind').slice(0, 40),
      });
    await seen(c, one.id, document.kind);
    return c.body(office.files.get(document.file) as Uint8Array<ArrayBuffer>, 200, {
      'content-type': document.type,
      'content-disposition': `attachment; filename="${document.kind}"`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
  });

  const after = (c: Context<DeskEnvironment>, id: string) => c.json(detailOf(office, cases.get(id)));
  const small = limit(LARGEST_ORDER);
  app.post('/cases/:id/approve', small, async (c) => {
    const order = parseApproval(await c.req.json(), 'approval');
    await approve(office, c.req.param('id'), order, actor(c, order.memo));
    return after(c, c.req.param('id'));
  });
  app.post('/cases/:id/refuse', small, async (c) => {
    const order = parseRefusalOrder(await c.req.json(), 'refusal');
    await refuse(office, c.req.param('id'), order, actor(c, order.memo));
    return after(c, c.req.param('id'));
  });
  app.post('/cases/:id/ask', small, async (c) => {
    const order = parseDocumentRequest(await c.req.json(), 'request');
    await ask(office, c.req.param('id'), order, actor(c, order.memo));
    return after(c, c.req.param('id'));
  });
  app.post('/cases/:id/revoke', small, async (c) => {
    const order = parseRevocation(await c.req.json(), 'revocation');
    await revoke(office, c.req.param('id'), order, actor(c, order.memo));
    return after(c, c.req.param('id'));
  });

  app.post('/rescreen', async (c) => c.json(await rescreen(office, actor(c))));
  app.post('/lists', limit(LARGEST_LIST), async (c) => {
    const order = parseListImport(await c.req.json(), 'list');
    const state: ListState = lists.import(order, now());
    const { source, version, entries, sha256 } = state;
    await audit.write({
      at: now(),
      who: c.get('operator').name,
      action: 'imported',
      reason: `${source} ${version}`,
      memo: `${entries} entries, sha256 ${sha256}`,
    });
    return c.json({ list: state, result: await rescreen(office, actor(c)) });
  });
  app.delete('/lists/:source', async (c) => {
    const source = c.req.param('source');
    lists.remove(source);
    await audit.write({ at: now(), who: c.get('operator').name, action: 'removed-list', reason: source });
    return c.json(lists.states(now(), screeningAge));
  });
  app.get('/audit', (c) => c.json(audit.lines()));
  return app;
}

/** The token is no cookie, so no page can borrow it; all the same no other page has business here. */
function requireOwnOrigin(c: Context): void {
  const site = c.req.header('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new HskError('ISSUER_DESK_ORIGIN', 'Another page may not ask the desk', {
    details: site.slice(0, 20),
  });
}
