import { type Context, Hono } from 'hono';
import { HskError } from '../../src/protocol/errors.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import {
  decodeHeaderValue,
  encodeHeaderValue,
  parsePaymentPayload,
  type PaymentRequired,
  type SettleResponse,
  X402_HEADERS,
} from '../../src/protocol/x402.ts';
import { merchantAccount } from './merchant-account.ts';
import { type Resource, RESOURCES } from './resources.ts';
import { openSources } from './sources.ts';
import { Till } from './till.ts';

export interface MerchantOptions {
  profile: ChainProfile;
  /** URL under which the routes are reached; payments are made out to resources below it. */
  origin: string;
  /** Where the key of the merchant's address is kept. */
  keyFile?: string;
}

/**
 * A shop for market data that is paid by x402, version 2: `GET /catalogue` and `GET /<resource>`, which
 * answers 402 until a payment comes along.
 */
export function createMerchant({ profile, origin, keyFile }: MerchantOptions): Hono {
  const payTo = merchantAccount(keyFile);
  const sources = openSources(profile);
  const till = new Till(sources, payTo);
  const urlOf = ({ path }: Resource) => new URL(`${origin.replace(/\/+$/, '')}/${path}`).href;
  const app = new Hono();

  app.get('/catalogue', (c) =>
    c.json(
      RESOURCES.map((resource) => ({
        url: urlOf(resource),
        title: resource.title,
        description: resource.description,
        amount: resource.price.toString(),
        payTo,
      })),
    ),
  );

  const demand = (c: Context, resource: Resource, error?: string) => {
    const required: PaymentRequired = {
      x402Version: 2,
      ...(error && { error }),
      resource: {
        url: urlOf(resource),
        description: resource.title,
        mimeType: 'application/json',
      },
      accepts: [till.requirements(resource)],
      extensions: { hsp: {} },
    };
    c.header(X402_HEADERS.required, encodeHeaderValue(required));
    return c.json(required, 402);
  };

  for (const resource of RESOURCES)
    app.get(`/${resource.path}`, async (c) => {
      c.header('cache-control', 'no-store');
      const header = c.req.header(X402_HEADERS.signature);
      if (header === undefined) return demand(c, resource);
      try {
        const payload = parsePaymentPayload(decodeHeaderValue(header), X402_HEADERS.signature);
        const produce = () => resource.produce(sources);
        const { body, response } = await till.sell(resource, urlOf(resource), payload, produce);
        c.header(X402_HEADERS.response, encodeHeaderValue(response));
        return c.json({ resource: resource.title, ...(body as object) });
      } catch (error) {
        const reason = refusalOf(error);
        if (reason !== undefined) {
          const { chainId } = profile.execution;
          const response: SettleResponse = {
            success: false,
            transaction: '',
            network: `eip155:${chainId}`,
            errorReason: reason,
          };
          c.header(X402_HEADERS.response, encodeHeaderValue(response));
          return demand(c, resource, reason);
        }
        // The outcome is unknown, or the goods are: the same payment may be presented again.
        c.header('retry-after', '1');
        return c.json({ error: 'present the same payment again' }, 503);
      }
    });
  return app;
}

/** Why a payment is refused; `undefined` when that is not what went wrong. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof SyntaxError || error instanceof DOMException) return 'PAYMENT_UNREADABLE';
  if (!(error instanceof HskError)) return undefined;
  if (error.code === 'PAYMENT_REFUSED') return error.details;
  return error.code === 'PARSE_INVALID' && error.shortMessage.startsWith(X402_HEADERS.signature)
    ? 'PAYMENT_UNREADABLE'
    : undefined;
}
