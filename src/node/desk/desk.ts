import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Hono } from 'hono';
import { type Address, bytesToHex, getAddress } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { ORDER_TYPES, type Order, orderDomain, orderHash } from '../../protocol/order.ts';
import { address, object, uint } from '../../protocol/parse.ts';
import type { Product } from '../../protocol/profile.ts';
import { OFFERINGS, type Offering } from '../deploy/offering.ts';
import { refuse } from '../refuse.ts';
import type { Service, ServiceContext } from '../service-context.ts';
import { navSeries } from './nav.ts';
import { termsOf } from './terms.ts';

/** Seconds for which a quote stands. */
export const QUOTE_LIFETIME = 300n;
/** Seconds by which the execution chain's clock may be behind ours. */
const CLOCK_SLACK = 60n;

interface QuoteRequest {
  token: Address;
  buyer: Address;
  quantity: bigint;
}

const parseQuoteRequest = object<QuoteRequest>({ token: address, buyer: address, quantity: uint });

/**
 * The fund desk: `GET /products`, `GET /terms/<symbol>`, `POST /quote {token, buyer, quantity}` →
 * `{order, signature, hash}`. It signs; the chain settles, so a quote nobody takes leaves no trace.
 */
export function createDesk(context: ServiceContext): Service {
  const { profile, accounts, addresses } = context;
  const directory = context.directory('desk');
  const { chainId, contracts } = profile.execution;
  const now = () => Math.floor(Date.now() / 1000);
  const offers = profile.products.map((product) => ({ product, offering: offeringOf(product) }));
  const series = (offering: Offering) =>
    navSeries(path.join(directory, `${offering.symbol}.nav.json`), offering, now());
  const documents = new Map(
    offers.map(({ product }) => [product.symbol.toLowerCase(), termsOf(directory, product, chainId)]),
  );

  const quote = async ({ token, buyer, quantity }: QuoteRequest) => {
    const found = offers.find(({ product }) => getAddress(product.token) === getAddress(token));
    if (!found)
      throw new HskError('DESK_UNKNOWN_PRODUCT', 'The desk does not offer this token', {
        details: token,
        action: 'Choose one of /desk/products.',
      });
    const { product, offering } = found;
    if (quantity < offering.minimum || quantity > offering.maximum)
      throw new HskError('DESK_QUANTITY_OUT_OF_RANGE', 'One order cannot hold this quantity', {
        details: `${quantity}, from ${offering.minimum} to ${offering.maximum} base units`,
        action: 'Change the quantity.',
      });
    if (BigInt(buyer) === 0n)
      throw new HskError('DESK_NO_BUYER', 'A quote is made out to one buyer', { details: buyer });
    const time = BigInt(now());
    const order: Order = {
      seller: product.seller,
      buyer,
      asset: product.token,
      payment: contracts.stablecoin,
      price: series(offering).at(-1)!.nav,
      maxQuantity: quantity,
      minFill: quantity,
      validAfter: time - CLOCK_SLACK,
      validUntil: time + QUOTE_LIFETIME,
      salt: bytesToHex(randomBytes(32)),
      primary: true,
      termsHash: product.termsHash,
      payout: addresses.treasury,
    };
    const signature = await accounts.desk.signTypedData({
      domain: orderDomain(chainId, contracts.settlement),
      types: ORDER_TYPES,
      primaryType: 'Order',
      message: order,
    });
    return { order, signature, hash: orderHash(chainId, contracts.settlement, order) };
  };

  const app = new Hono();
  app.onError((error, c) => refuse(c, error, { DESK_UNKNOWN_PRODUCT: 404, DESK_NO_TERMS: 404 }));
  app.get('/products', (c) =>
    c.body(json({ products: offers.map((offer) => describe(offer, series(offer.offering))) }), 200, {
      'content-type': 'application/json',
    }),
  );
  app.get('/terms/:symbol', (c) => {
    const document = documents.get(c.req.param('symbol').toLowerCase());
    if (document === undefined)
      throw new HskError('DESK_NO_TERMS', 'There is no such offering document', {
        details: c.req.param('symbol'),
      });
    return c.text(document);
  });
  app.post('/quote', async (c) => {
    const request = parseQuoteRequest(await c.req.json(), 'body');
    return c.body(json(await quote(request)), 200, { 'content-type': 'application/json' });
  });
  return { app };
}

function describe(
  { product, offering }: { product: Product; offering: Offering },
  history: { at: number; nav: bigint }[],
) {
  const { at: asOf, nav } = history.at(-1)!;
  const { token, symbol, name, decimals, termsHash, termsUrl } = product;
  const { minimum, maximum, subscriptionFee } = offering;
  return {
    token,
    symbol,
    name,
    decimals,
    currency: 'HKD',
    nav,
    asOf,
    history,
    minimum,
    maximum,
    fees: { subscriptionBasisPoints: subscriptionFee },
    termsHash,
    termsUrl,
  };
}

function offeringOf(product: Product): Offering {
  const offering = OFFERINGS.find(({ symbol }) => symbol === product.symbol);
  if (!offering)
    throw new HskError('DESK_UNKNOWN_PRODUCT', 'The deployment has a product that this desk does not know', {
      details: product.symbol,
      action: 'Start the version that deployed it, or use a new data directory.',
    });
  return offering;
}

/** Integers as decimal strings. */
function json(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'bigint' ? entry.toString() : entry,
  );
}
