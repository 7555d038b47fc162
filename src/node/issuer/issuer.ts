import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ApplicationReceipt } from '../../protocol/application-status.ts';
import { HskError } from '../../protocol/errors.ts';
import { type Application, ApplicationError, parseApplication } from '../../protocol/issuance.ts';
import { type Attributes, type Credential, dateNumber, HolderKind, leaf } from '../../protocol/zkid.ts';
import { CHUNK } from '../../protocol/zkid-tree.ts';
import { refuse } from '../refuse.ts';
import { Sender } from '../sender.ts';
import type { Service, ServiceContext } from '../service-context.ts';
import { IssuerLedger } from './ledger.ts';
import { openPersonKey } from './person.ts';
import { RootPublisher } from './root-publisher.ts';
import { screen } from './screening.ts';

/** A credential is good for a year, through its last day. */
const VALIDITY_YEARS = 1;
const LARGEST_BODY = 16_384;

const formLimit = bodyLimit({
  maxSize: LARGEST_BODY,
  onError: () => {
    throw new HskError('ISSUER_FORM_TOO_LARGE', 'The application is too large', {
      details: `more than ${LARGEST_BODY} bytes`,
    });
  },
});

/**
 * The ZKID issuer: `POST /apply` → `ApplicationReceipt` once the root is in a block, `GET /tree/<chunk>` (bytes,
 * protocol/zkid-tree.ts), `GET /root`, `GET /`. It learns the form and a commitment; never a wallet.
 */
export async function createIssuer(context: ServiceContext): Promise<Service> {
  const directory = context.directory('issuer');
  const sender = new Sender(context.executionClient, context.accounts.issuer);
  const { identityRegistry } = context.profile.execution.contracts;
  const publisher = new RootPublisher(sender, identityRegistry, context.report);
  const person = openPersonKey(directory);
  const ledger = IssuerLedger.open(directory, (change) => publisher.stage([change]));
  await publisher.start();
  const now = () => Math.floor(Date.now() / 1000);

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const issue = async (application: Application): Promise<Credential> => {
    const { commitment } = application;
    const handle = person(application);
    const generation = ledger.generation(commitment, handle);
    const attributes = attest(application, generation, dateNumber(now()));
    const { index, changes } = await ledger.issue({
      commitment,
      person: handle,
      generation,
      leaf: leaf(BigInt(commitment), attributes),
      at: now(),
    });
    publisher.stage(changes);
    return { issuer: context.profile.services.issuer, commitment, attributes, index };
  };

  const app = new Hono();
  app.onError((error, c) => {
    if (error instanceof ApplicationError) {
      const { code, shortMessage, details, action, fields } = error;
      return c.json({ error: { code, shortMessage, details, action }, fields }, 422);
    }
    return refuse(c, error, {
      ISSUER_FORM_TOO_LARGE: 413,
      ISSUER_NO_SUCH_CHUNK: 404,
      ISSUER_REISSUED_TOO_OFTEN: 409,
      ISSUER_TREE_FULL: 503,
      ISSUER_ROOT_NOT_POSTED: 503,
    });
  });
  app.post('/apply', formLimit, async (c) => {
    const application = parseApplication(await c.req.json(), dateNumber(now()));
    const credential = await inTurn(() => issue(application));
    await publisher.publish();
    return c.json({
      ticket: randomBytes(32).toString('hex'),
      status: { state: 'issued', credential, root: publisher.posted.tree.root.toString() },
    } satisfies ApplicationReceipt);
  });
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
      name: 'ZKID issuer of the reference network',
      demonstration: true,
      notice: 'It checks no document and screens against a list of invented names. Send no real data.',
      keeps: [
        'commitment',
        'leaf',
        'keyed hash of family name, document and date of birth',
        'time of consent',
      ],
      registry: identityRegistry,
      rootLifetime: publisher.lifetime,
      chunks: CHUNK.count,
    }),
  );
  return {
    app,
    async close() {
      await last;
      await publisher.close();
      await ledger.close();
    },
  };
}

/** What the issuer attests; `today` as YYYYMMDD. */
function attest(application: Application, generation: number, today: number): Attributes {
  return {
    // 29 February plus a year stays a comparable number; the circuit only compares.
    expiry: today + VALIDITY_YEARS * 10_000,
    birth: application.birth,
    country: application.country,
    kind: application.kind === 'business' ? HolderKind.Business : HolderKind.Person,
    generation,
    ...screen(application),
  };
}
