import path from 'node:path';
import { type Context, Hono } from 'hono';
import { HskError } from '../../protocol/errors.ts';
import { ApplicationError } from '../../protocol/issuance.ts';
import { CHUNK } from '../../protocol/zkid-tree.ts';
import { refuse } from '../refuse.ts';
import { Sender } from '../sender.ts';
import type { Service, ServiceContext } from '../service-context.ts';
import { Backups } from './backups.ts';
import { describeIssuer, stateOf } from './describe-issuer.ts';
import { deskPage } from './desk/desk-page.ts';
import { deskRoutes } from './desk/desk-routes.ts';
import { openOperators } from './desk/operators.ts';
import { formLimit, intakeRoutes } from './intake-routes.ts';
import { openKeyFile } from './key-file.ts';
import type { Office } from './office.ts';
import { openOffice } from './open-office.ts';
import { takeDelivery } from './provider/webhook.ts';
import { RootPublisher } from './root-publisher.ts';
import { DEFAULTS } from './settings.ts';
import { chores, resume } from './verbs/chores.ts';

/** Milliseconds between looks at what is due each day. */
const CHORES_EVERY = 3_600_000;
/** Bytes of the largest thing that the desk takes, a sanctions list; every route has a limit of its own below it. */
const LARGEST_BODY = 64 * 1024 ** 2;

/**
 * The ZKID issuer: applications and their decision (`/apply`, `/application`, protocol/application-status.ts), the desk
 * of the person who decides (`/desk`), events of a provider (`/webhook`), and the tree: `GET /tree/<chunk>` (bytes,
 * protocol/zkid-tree.ts), `GET /root`, `GET /`. It learns the form and a commitment; never a wallet.
 */
export async function createIssuer(context: ServiceContext): Promise<Service> {
  const directory = context.directory('issuer');
  const settings = { ...DEFAULTS, ...context.issuer };
  const operators = openOperators(directory);
  const webhookKey = openKeyFile(directory, 'webhook.key', 'the provider has to be given a new one');
  const sender = new Sender(context.executionClient, context.accounts.issuer);
  const { identityRegistry } = context.profile.execution.contracts;
  const publisher = new RootPublisher(sender, identityRegistry, context.report);
  const office = openOffice(directory, context.profile.services.issuer, settings, publisher);
  await resume(office);
  await publisher.start();
  const work = beginChores(office, context.report);

  const app = new Hono();
  app.onError(answerError);
  app.route('/', intakeRoutes(office, new Backups(path.join(directory, 'backups'))));
  app.route('/desk/api', deskRoutes(office, operators));
  app.route('/desk', deskPage());
  app.post('/webhook', formLimit, async (c) =>
    c.json(
      await takeDelivery(
        office,
        webhookKey,
        new Uint8Array(await c.req.arrayBuffer()),
        c.req.header('x-hsk-signature'),
      ),
    ),
  );
  app.get('/tree/:chunk', async (c) => {
    const chunk = c.req.param('chunk');
    if (!/^\d{1,2}$/.test(chunk) || Number(chunk) >= CHUNK.count)
      throw new HskError('ISSUER_NO_SUCH_CHUNK', 'The tree has no such part', {
        details: `${chunk.slice(0, 20)}, of 0 to ${CHUNK.count - 1}`,
      });
    await publisher.settled();
    return c.body(publisher.posted.tree.encodeChunk(Number(chunk)) as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/octet-stream',
      'cache-control': 'no-store',
    });
  });
  app.get('/root', async (c) => {
    await publisher.settled();
    const { tree, postedAt, expiry } = publisher.posted;
    return c.json({ root: tree.root.toString(), postedAt, expiry });
  });
  app.get('/', (c) =>
    c.json({
      ...describeIssuer(office),
      registry: identityRegistry,
      rootLifetime: publisher.lifetime,
      chunks: CHUNK.count,
    }),
  );
  return {
    app,
    largestBody: LARGEST_BODY,
    ownOrigin: ['desk'],
    state: () => stateOf(office),
    async close() {
      await work.end();
      await publisher.close();
      await office.close();
    },
  };
}

function beginChores(office: Office, report: ServiceContext['report']): { end(): Promise<void> } {
  let current: Promise<void> = Promise.resolve();
  const run = () => {
    current = current
      .then(() => chores(office))
      .catch((error: unknown) =>
        report(`issuer: ${error instanceof Error ? error.message : String(error)}`, 'warn'),
      );
  };
  run();
  const timer = setInterval(run, CHORES_EVERY);
  timer.unref();
  return {
    end() {
      clearInterval(timer);
      return current;
    },
  };
}

function answerError(error: unknown, c: Context): Response {
  if (error instanceof ApplicationError) {
    const { code, shortMessage, details, action, fields } = error;
    return c.json({ error: { code, shortMessage, details, action }, fields }, 422);
  }
  return refuse(c, error, {
    ISSUER_FORM_TOO_LARGE: 413,
    ISSUER_DOCUMENT_TOO_LARGE: 413,
    ISSUER_DOCUMENT_TYPE: 415,
    ISSUER_NO_SUCH_APPLICATION: 401,
    ISSUER_DESK_REFUSED: 401,
    ISSUER_WEBHOOK_SIGNATURE: 401,
    ISSUER_DESK_ORIGIN: 403,
    ISSUER_NO_SUCH_CHUNK: 404,
    ISSUER_NO_SUCH_CASE: 404,
    ISSUER_NO_SUCH_DOCUMENT: 404,
    ISSUER_NO_SUCH_BACKUP: 404,
    ISSUER_NO_SUCH_LIST: 404,
    ISSUER_NOT_AWAITING_DOCUMENTS: 409,
    ISSUER_ALREADY_ISSUED: 409,
    ISSUER_NOT_ISSUED: 409,
    ISSUER_BACKUP_TAKEN: 409,
    ISSUER_CASE_STATE: 409,
    ISSUER_FINDING_OPEN: 409,
    ISSUER_LIST_OLD: 409,
    ISSUER_REISSUED_TOO_OFTEN: 409,
    ISSUER_BUSY: 429,
    ISSUER_TREE_FULL: 503,
    ISSUER_TOO_MANY_APPLICATIONS: 503,
    ISSUER_ROOT_NOT_POSTED: 503,
    ISSUER_DESK_NOT_BUILT: 503,
    ISSUER_STORAGE_FULL: 507,
  });
}
