import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import {
  type ApplicationReceipt,
  DOCUMENT_KINDS,
  LARGEST_DOCUMENT,
} from '../../protocol/application-status.ts';
import { HskError } from '../../protocol/errors.ts';
import { parseApplication } from '../../protocol/issuance.ts';
import { oneOf } from '../../protocol/parse.ts';
import { dateNumber } from '../../protocol/zkid.ts';
import { RateLimit } from '../access/rate-limit.ts';
import { type Backups, parseBackup } from './backups.ts';
import type { Case } from './case/case.ts';
import type { Office } from './office.ts';
import { apply, ticketHash } from './verbs/apply.ts';
import { statusOf } from './verbs/status-of.ts';
import { tooLarge, uploadDocument } from './verbs/upload-document.ts';
import { withdraw } from './verbs/withdraw.ts';

const LARGEST_FORM = 16_384;

export const formLimit = bodyLimit({
  maxSize: LARGEST_FORM,
  onError: () => {
    throw new HskError('ISSUER_FORM_TOO_LARGE', 'The application is too large', {
      details: `more than ${LARGEST_FORM} bytes`,
    });
  },
});

const documentLimit = bodyLimit({
  maxSize: LARGEST_DOCUMENT,
  onError: () => {
    throw tooLarge(`more than ${LARGEST_DOCUMENT} bytes`);
  },
});

const documentKind = oneOf(...DOCUMENT_KINDS);

/** What applicants ask, each with the ticket of its application (protocol/application-status.ts). */
export function intakeRoutes(office: Office, backups: Backups): Hono {
  const { limits, now } = office.settings;
  const pace = new RateLimit(limits.burst, limits.perSecond);
  const paced = (c: Context) => {
    if (!pace.take(peerOf(c), now()))
      throw new HskError('ISSUER_BUSY', 'Too much is asked from one place', {
        action: 'Try again in a minute.',
      });
  };
  const own = (c: Context): Case => {
    const ticket = /^Bearer ([0-9a-f]{64})$/.exec(c.req.header('authorization') ?? '')?.[1];
    return office.cases.byTicket(ticket === undefined ? '' : ticketHash(ticket));
  };
  const answer = (c: Context, one: Case) => {
    c.header('cache-control', 'no-store');
    return c.json(statusOf(office, one));
  };

  const app = new Hono();
  app.post('/apply', formLimit, async (c) => {
    paced(c);
    const application = parseApplication(await c.req.json(), dateNumber(now()));
    return c.json((await apply(office, application)) satisfies ApplicationReceipt);
  });
  app.get('/application', (c) => answer(c, own(c)));
  app.delete('/application', async (c) => {
    await withdraw(office, own(c));
    return c.body(null, 204);
  });
  app.put('/application/documents/:kind', async (c, next) => {
    // Before the body is read: strangers send none.
    own(c);
    paced(c);
    await next();
  }, documentLimit, async (c) => {
    const one = own(c);
    const kind = documentKind(c.req.param('kind'), 'kind');
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    return answer(c, await uploadDocument(office, one, kind, c.req.header('content-type') ?? '', bytes));
  }); // prettier-ignore
  app.put('/application/backup', formLimit, async (c) => {
    const one = own(c);
    paced(c);
    if (one.now.state !== 'issued')
      throw new HskError('ISSUER_NOT_ISSUED', 'There is no credential yet to back up', {
        details: one.now.state,
      });
    const backup = parseBackup(await c.req.json(), 'backup');
    await office.inTurn(async () => {
      const before = one.locator;
      backups.put(backup, one.commitment);
      if (before === backup.locator) return;
      await office.cases.step({ id: one.id, locator: backup.locator });
      // One for each application: a stranger may not fill the disk with them.
      if (before) backups.delete(before);
    });
    return c.body(null, 204);
  });
  app.get('/backup/:locator', (c) => {
    c.header('cache-control', 'no-store');
    return c.json({ sealed: backups.get(c.req.param('locator')) });
  });
  return app;
}

/** Where a request comes from, as far as the socket says. */
function peerOf(c: Context): string {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return env?.incoming?.socket?.remoteAddress ?? '';
}
