import { type Address, type Hex, zeroAddress } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { fillCost, type Order, orderHash } from '../protocol/order.ts';
import { address, flag, hex, object, type Parser, uint } from '../protocol/parse.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import { normaliseRecoveryByte, recoverSigner, sameAddress } from '../protocol/recover.ts';
import { askDesk } from './products.ts';

/** A seller's signed offer. */
export interface Quote {
  order: Order;
  /** 65 bytes r ‖ s ‖ v by the seller over the order's digest. */
  signature: Hex;
}

/** What the buyer asked for, against which the answer is held. */
export interface QuoteRequest {
  product: Product;
  buyer: Address;
  /** Base units of the asset. */
  quantity: bigint;
  /** The price the buyer was shown, base units of payment per whole unit. */
  shownPrice: bigint;
}

/** A quote that passed every check, with what it will cost. */
export interface CheckedQuote extends Quote {
  hash: Hex;
  quantity: bigint;
  /** Base units of the payment token. */
  cost: bigint;
}

export const parseQuote: Parser<Quote> = object<Quote>({
  order: object<Order>({
    seller: address,
    buyer: address,
    asset: address,
    payment: address,
    price: uint,
    maxQuantity: uint,
    minFill: uint,
    validAfter: uint,
    validUntil: uint,
    salt: hex(32),
    primary: flag,
    termsHash: hex(32),
    payout: address,
  }),
  signature: hex(65),
});

/** How far a price may lie above what the buyer was shown: one part in a hundred. */
export const PRICE_TOLERANCE = 100n;
/** A quote that stands longer than an hour is not one that a desk means. Seconds. */
export const LONGEST_QUOTE = 3600n;
/** Less than this left, and it would lapse before it settles. Seconds. */
export const SHORTEST_LEFT = 10n;

/** Asks the desk and checks what it says. @throws `DESK_*`, `PARSE_INVALID`, `QUOTE_*` */
export async function requestQuote(
  profile: ChainProfile,
  request: QuoteRequest,
  now: bigint,
): Promise<CheckedQuote> {
  const answer = await askDesk(`${profile.services.desk}/quote`, {
    token: request.product.token,
    buyer: request.buyer,
    quantity: request.quantity.toString(),
  });
  return checkQuote(profile, request, parseQuote(answer, 'desk.quote'), now);
}

/**
 * Decides whether a quote is what was asked for. Everything that the buyer is about to sign comes from the
 * profile and the request; the quote may only agree.
 *
 * @param now seconds since 1970
 * @throws `QUOTE_SELLER`, `QUOTE_ASSET`, `QUOTE_PAYMENT`, `QUOTE_TERMS`, `QUOTE_BUYER`, `QUOTE_QUANTITY`,
 *   `QUOTE_PRICE`, `QUOTE_EXPIRED`, `QUOTE_NOT_YET`, `QUOTE_TOO_LONG`, `QUOTE_SIGNATURE`
 */
export function checkQuote(
  profile: ChainProfile,
  { product, buyer, quantity, shownPrice }: QuoteRequest,
  { order, signature }: Quote,
  now: bigint,
): CheckedQuote {
  const { chainId, contracts } = profile.execution;
  const refuse = (code: string, message: string, seen: unknown, wanted: unknown) => {
    throw new HskError(code, message, {
      details: `${String(seen)}, expected ${String(wanted)}`,
      action: 'Nothing was signed. Ask for a new quote.',
    });
  };
  if (!sameAddress(order.seller, product.seller))
    refuse('QUOTE_SELLER', 'The quote is from another seller', order.seller, product.seller);
  if (!sameAddress(order.asset, product.token))
    refuse('QUOTE_ASSET', 'The quote is for another asset', order.asset, product.token);
  if (!sameAddress(order.payment, contracts.stablecoin))
    refuse('QUOTE_PAYMENT', 'The quote asks for another currency', order.payment, contracts.stablecoin);
  if (order.termsHash !== product.termsHash)
    refuse('QUOTE_TERMS', 'The quote refers to other documents', order.termsHash, product.termsHash);
  if (!sameAddress(order.buyer, zeroAddress) && !sameAddress(order.buyer, buyer))
    refuse('QUOTE_BUYER', 'The quote is for somebody else', order.buyer, buyer);
  if (quantity <= 0n || quantity < order.minFill || quantity > order.maxQuantity)
    refuse(
      'QUOTE_QUANTITY',
      'The quote does not cover the quantity',
      `${order.minFill} to ${order.maxQuantity}`,
      quantity,
    );
  const highest = shownPrice + shownPrice / PRICE_TOLERANCE;
  if (order.price <= 0n || order.price > highest)
    refuse('QUOTE_PRICE', 'The price has moved away from the one shown', order.price, `at most ${highest}`);
  if (order.validAfter > now)
    refuse('QUOTE_NOT_YET', 'The quote is not valid yet', order.validAfter, `at most ${now}`);
  if (order.validUntil < now + SHORTEST_LEFT)
    refuse('QUOTE_EXPIRED', 'The quote has run out', order.validUntil, `after ${now + SHORTEST_LEFT}`);
  if (order.validUntil > now + LONGEST_QUOTE)
    refuse('QUOTE_TOO_LONG', 'The quote stands implausibly long', order.validUntil, now + LONGEST_QUOTE);

  // The digest is computed here, never taken from the answer.
  const hash = orderHash(chainId, contracts.settlement, order);
  const signer = recoverSigner(hash, normaliseRecoveryByte(signature));
  if (!signer || !sameAddress(signer, product.seller))
    refuse('QUOTE_SIGNATURE', 'The seller did not sign this quote', signer, product.seller);
  return { order, signature, hash, quantity, cost: fillCost(order.price, quantity, product.decimals) };
}
