import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Hono, type MiddlewareHandler } from 'hono';
import { HskError } from '../../protocol/errors.ts';
import { parseSignedMandate, toJson } from '../../protocol/hsp-json.ts';
import { hex, object } from '../../protocol/parse.ts';
import type { Hex } from 'viem';
import { writeDurably } from '../keys/durable-file.ts';
import { refuse } from '../refuse.ts';
import type { ServiceContext } from '../service-context.ts';
import { type Coordinator, type Payment, statusOf } from './coordinator.ts';

/** REST of the Coordinator (wire.md §5). Writes and the list of payments need the bearer key of DATA/keys/hsp-bearer. */
export function createHsp(context: ServiceContext, coordinator: Coordinator): Hono {
  const app = new Hono();
  const authorised = requireBearer(bearerKey(context));
  const parseObservation = object<{ transaction: Hex }>({ transaction: hex(32) });
  const id = (value: string) => hex(32)(value, 'paymentId');
  const chainId = context.profile.execution.chainId;

  app.onError((error, c) =>
    refuse(c, error, { HSP_PAYMENT_UNKNOWN: 404, HSP_OBSERVATION_REUSED: 409, HSP_UNAUTHORISED: 401 }),
  );

  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/chains', (c) =>
    c.json({ chains: [{ chainId, tokens: [context.profile.execution.contracts.stablecoin] }] }),
  );
  app.get('/adapter-operators', (c) => c.json({ operators: context.profile.hsp.adapters }));
  app.get('/stats', async (c) => {
    const payments = await coordinator.payments(100_000);
    return c.json({
      payments: payments.length,
      settled: payments.filter((payment) => payment.receipt).length,
    });
  });

  app.post('/payments', authorised, async (c) => {
    const payment = await coordinator.register(parseSignedMandate(await c.req.json(), 'body'));
    return c.json(view(payment), 201);
  });
  app.get('/payments', authorised, async (c) =>
    c.json({ payments: (await coordinator.payments(1000)).map(view) }),
  );
  app.get('/payments/:id', async (c) => c.json(view(await known(coordinator, id(c.req.param('id'))))));
  app.get('/payments/:id/explain', async (c) => {
    const payment = await known(coordinator, id(c.req.param('id')));
    return c.json({
      decision: payment.receipt ? 'ACCEPT' : 'RETRYABLE',
      status: statusOf(payment),
      steps: explain(payment),
    });
  });
  app.post('/payments/:id/x402-observe', authorised, async (c) => {
    const { transaction } = parseObservation(await c.req.json(), 'body');
    const receipt = await coordinator.observeX402(id(c.req.param('id')), transaction);
    return receipt ? c.json({ receipt: toJson(receipt) }) : c.json({ status: 'pending' }, 202);
  });
  return app;
}

async function known(coordinator: Coordinator, paymentId: Hex): Promise<Payment> {
  const payment = await coordinator.payment(paymentId);
  if (!payment)
    throw new HskError('HSP_PAYMENT_UNKNOWN', 'No such payment is registered', { details: paymentId });
  return payment;
}

function view(payment: Payment) {
  const { paymentId, payer, principal, recipient, registeredAt, transaction, receipt, signed } = payment;
  return {
    paymentId,
    status: statusOf(payment),
    payer,
    principal,
    recipient,
    token: signed.mandate.token,
    amount: signed.mandate.amount.toString(),
    registeredAt,
    transaction,
    receipt: receipt && toJson(receipt),
  };
}

function explain({ signed, transaction, receipt }: Payment) {
  return [
    { step: 'mandate', ok: true, detail: 'Signed by its signer and registered' },
    {
      step: 'grant',
      ok: true,
      detail: signed.grant ? 'Signed by the principal for this agent' : 'None needed',
    },
    { step: 'settlement', ok: receipt !== undefined, detail: transaction ?? 'No transfer observed yet' },
    {
      step: 'receipt',
      ok: receipt !== undefined,
      detail: receipt ? 'Signed by the adapter operator' : 'Not issued yet',
    },
  ];
}

/** Made at first start. */
function bearerKey(context: ServiceContext): Buffer {
  const file = path.join(context.directory('keys'), 'hsp-bearer');
  if (!existsSync(file)) writeDurably(file, randomBytes(32).toString('hex'));
  return readFileSync(file);
}

function requireBearer(key: Buffer): MiddlewareHandler {
  return async (c, next) => {
    const given = Buffer.from(/^Bearer ([0-9a-f]{64})$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '');
    if (given.length !== key.length || !timingSafeEqual(given, key))
      throw new HskError('HSP_UNAUTHORISED', 'A bearer key is needed for this', {
        action: 'Send the key of the operator as Authorization: Bearer.',
      });
    await next();
  };
}
