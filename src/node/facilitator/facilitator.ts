import { Hono } from 'hono';
import type { Hex } from 'viem';
import { HskError, toHskError } from '../../protocol/errors.ts';
import {
  parseSignedMandate,
  type SignedMandate,
  type SignedReceipt,
  toJson,
} from '../../protocol/hsp-json.ts';
import { object, oneOf } from '../../protocol/parse.ts';
import {
  parsePaymentPayload,
  parseRequirements,
  type PaymentPayload,
  type PaymentRequirements,
  type SettleResponse,
} from '../../protocol/x402.ts';
import { verifySignedMandate } from '../../protocol/x402-binding.ts';
import type { Coordinator } from '../hsp/coordinator.ts';
import { refuse } from '../refuse.ts';
import type { ServiceContext } from '../service-context.ts';
import { checkState, checkTerms } from './check-payment.ts';
import { checkMandate, type MandateRule } from './mandates.ts';
import type { Settlements } from './settlements.ts';

interface Request {
  x402Version: 2;
  paymentPayload: PaymentPayload;
  paymentRequirements: PaymentRequirements;
}

const parseRequest = object<Request>({
  x402Version: oneOf(2),
  paymentPayload: parsePaymentPayload,
  paymentRequirements: parseRequirements,
});

/**
 * x402 facilitator, version 2, scheme `exact` (wire.md §6). A payment that carries an HSP mandate in
 * `extensions.hsp` is registered with the Coordinator before its money moves and returns with a receipt. One of an
 * agent that somebody vouched for settles within its mandate, whose path to the payee `extensions.mandate` carries.
 */
export function createFacilitator(
  context: ServiceContext,
  settlements: Settlements,
  coordinator: Coordinator,
): Hono {
  const app = new Hono();
  const rule = context.facilitator?.mandates ?? 'count';
  const network = `eip155:${context.profile.execution.chainId}`;
  app.onError((error, c) => refuse(c, error));

  app.get('/supported', (c) =>
    c.json({
      kinds: [{ x402Version: 2, scheme: 'exact', network }],
      extensions: ['hsp', ...(context.profile.mandates ? ['mandate'] : [])],
      signers: { [network]: [context.accounts.facilitator.address] },
    }),
  );

  app.post('/verify', async (c) => {
    const { paymentPayload, paymentRequirements } = parseRequest(await c.req.json(), 'body');
    try {
      const payer = await checkTerms(context, paymentPayload, paymentRequirements);
      mandateOf(context, paymentPayload);
      if (!(await settlements.knows(paymentPayload))) {
        await checkMandate(context, rule, paymentPayload);
        await checkState(context, paymentPayload);
      }
      return c.json({ isValid: true, payer });
    } catch (error) {
      const { code, shortMessage } = toHskError(error);
      return c.json({ isValid: false, invalidReason: code, invalidMessage: shortMessage });
    }
  });

  app.post('/settle', async (c) => {
    const { paymentPayload, paymentRequirements } = parseRequest(await c.req.json(), 'body');
    const { from } = paymentPayload.payload.authorization;
    try {
      const payer = await checkTerms(context, paymentPayload, paymentRequirements);
      const mandate = mandateOf(context, paymentPayload);
      if (mandate) await coordinator.register(mandate.signed);
      const transaction = await settleOnce(context, rule, settlements, paymentPayload);
      const receipt = mandate && (await coordinator.observeX402(mandate.paymentId, transaction));
      return c.json(settled(transaction, network, payer, paymentRequirements.amount, receipt));
    } catch (error) {
      const { code } = toHskError(error);
      // Not ours: the outcome is unknown, and the same authorisation may be presented again.
      if (!(error instanceof HskError)) throw error;
      return c.json({
        success: false,
        transaction: '',
        network,
        payer: from,
        errorReason: code,
      } satisfies SettleResponse);
    }
  });
  return app;
}

/** Anybody may submit a signed authorisation: when somebody did, their transaction is the settlement. */
async function settleOnce(
  context: ServiceContext,
  rule: MandateRule,
  settlements: Settlements,
  payload: PaymentPayload,
): Promise<Hex> {
  if (await settlements.knows(payload)) return settlements.settle(payload);
  try {
    await checkState(context, payload);
  } catch (error) {
    const use =
      error instanceof HskError && error.code === 'X402_USED'
        ? await settlements.findUse(payload)
        : undefined;
    if (!use) throw error;
    return use;
  }
  return settlements.settle(payload, await checkMandate(context, rule, payload));
}

function settled(
  transaction: Hex,
  network: string,
  payer: Hex,
  amount: string,
  receipt: SignedReceipt | undefined,
): SettleResponse {
  return {
    success: true,
    transaction,
    network,
    payer,
    amount,
    ...(receipt && { extensions: { hsp: toJson(receipt) } }),
  };
}

/**
 * The mandate that came with a payment, if any, checked to be for exactly this authorisation.
 *
 * @throws `MANDATE_*`
 */
function mandateOf(
  context: ServiceContext,
  { extensions, payload }: PaymentPayload,
): { signed: SignedMandate; paymentId: Hex } | undefined {
  if (extensions?.['hsp'] === undefined) return undefined;
  const signed = parseSignedMandate(extensions['hsp'], 'extensions.hsp');
  const { paymentId, signer, recipient } = verifySignedMandate(
    signed,
    context.profile.execution.chainId,
    BigInt(Math.floor(Date.now() / 1000)),
  );
  const { from, to, value, nonce } = payload.authorization;
  const { amount, settlementBinding } = signed.mandate;
  if (signer !== from || recipient !== to || amount !== BigInt(value) || settlementBinding !== nonce)
    throw new HskError('MANDATE_BINDING', 'The mandate is for another authorisation than the one presented', {
      details: paymentId,
    });
  return { signed, paymentId };
}
