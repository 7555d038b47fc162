import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { address, integer, list, object, type Parser, text, uint } from '../protocol/parse.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';

/** Net asset value of one unit on one day, in base units of the payment token. */
export interface NavPoint {
  /** Seconds since 1970. */
  at: number;
  nav: bigint;
}

/** What the desk says of a product today. The desk's word: the order it signs is what binds. */
export interface Offer {
  product: Product;
  /** Base units of the payment token for one whole unit. */
  nav: bigint;
  /** Seconds since 1970. */
  asOf: number;
  /** Base units of the asset. */
  minimum: bigint;
  /** Base units of the asset; what one order may hold. */
  maximum: bigint;
  /** Oldest first; ends with today's. */
  history: NavPoint[];
}

interface DeskProduct {
  token: string;
  nav: bigint;
  asOf: number;
  minimum: bigint;
  maximum: bigint;
  history: NavPoint[];
}

const parseDesk: Parser<{ products: DeskProduct[] }> = object<{ products: DeskProduct[] }>({
  products: list(
    object<DeskProduct>({
      token: address,
      nav: uint,
      asOf: integer,
      minimum: uint,
      maximum: uint,
      history: list(object<NavPoint>({ at: integer, nav: uint }), 2000),
    }),
    200,
  ),
});

/** The product of that symbol in the profile; without a symbol, the first. @throws `PRODUCT_UNKNOWN` */
export function findProduct(profile: ChainProfile, symbol?: string): Product {
  const found = symbol
    ? profile.products.find((product) => product.symbol.toLowerCase() === symbol.toLowerCase())
    : profile.products[0];
  if (found) return found;
  throw new HskError('PRODUCT_UNKNOWN', 'The chain profile does not list this product', {
    details: symbol || 'no products at all',
    action: 'Check the product attribute.',
  });
}

/**
 * Asks the desk for today's figures of one product of the profile.
 *
 * @throws `DESK_UNREACHABLE` to be tried again, `DESK_REFUSED`, `PARSE_INVALID`, `PRODUCT_NOT_OFFERED`
 */
export async function fetchOffer(profile: ChainProfile, product: Product): Promise<Offer> {
  const { products } = parseDesk(await askDesk(`${profile.services.desk}/products`), 'desk.products');
  const found = products.find((entry) => entry.token === product.token);
  if (!found)
    throw new HskError('PRODUCT_NOT_OFFERED', 'The desk does not offer this product now', {
      details: product.symbol,
    });
  const { token: _, ...figures } = found;
  return { product, ...figures };
}

/** The offering document whose hash stands in the profile and in every order. @throws `TERMS_MISMATCH` */
export async function fetchTerms(product: Product, keccak: (bytes: Uint8Array) => Hex): Promise<string> {
  const response = await reach(product.termsUrl);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const seen = keccak(bytes);
  if (seen !== product.termsHash)
    throw new HskError('TERMS_MISMATCH', 'The document is not the one that the orders refer to', {
      details: `${seen} instead of ${product.termsHash}`,
      action: 'Do not buy; tell the operator of this site.',
    });
  return new TextDecoder().decode(bytes);
}

/** JSON from the desk. A refusal in the house's error form is passed on with its own words. */
export async function askDesk(url: string, body?: unknown): Promise<unknown> {
  const response = await reach(url, body);
  return response.json().catch((cause: unknown) => {
    throw new HskError('DESK_REFUSED', 'The desk answered something that is not JSON', {
      details: url,
      cause,
    });
  });
}

async function reach(url: string, body?: unknown): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(
      url,
      body === undefined
        ? { signal: AbortSignal.timeout(15_000) }
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
            signal: AbortSignal.timeout(15_000),
          },
    );
  } catch (cause) {
    throw new HskError('DESK_UNREACHABLE', 'The fund desk does not answer', { details: url, cause });
  }
  if (response.ok) return response;
  if (response.status >= 500)
    throw new HskError('DESK_UNREACHABLE', 'The fund desk does not answer', {
      details: `${url}: HTTP ${response.status}`,
    });
  const refusal = object<{ error: { shortMessage: string } }>({
    error: object<{ shortMessage: string }>({ shortMessage: text }),
  });
  let words = `HTTP ${response.status}`;
  try {
    words = refusal(await response.json(), 'desk').error.shortMessage;
  } catch {
    // The status alone then says it.
  }
  throw new HskError('DESK_REFUSED', 'The fund desk refused', { details: `${url}: ${words}` });
}
