import { STABLECOIN } from '../protocol/eip3009.ts';
import { HskError } from '../protocol/errors.ts';
import { invalid } from '../protocol/parse.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { sameAddress } from '../protocol/address.ts';
import {
  decodeHeaderValue,
  parsePaymentRequired,
  parseRequirements,
  type PaymentRequired,
  type PaymentRequirements,
} from '../protocol/x402.ts';
import type { Budget } from '../wallet/vault-api.ts';
import type { CatalogueEntry } from './agent-api.ts';

/** What was asked for, against which a 402 is held. */
export interface TermsRequest {
  profile: Pick<ChainProfile, 'execution'>;
  budget: Pick<Budget, 'payees' | 'perPayment' | 'expiry'>;
  /** The URL that was requested. */
  url: string;
  /** What the catalogue said of it, if it was read. */
  entry?: Pick<CatalogueEntry, 'amount' | 'payTo'> | undefined;
  /** Seconds since 1970. */
  now: bigint;
}

/** Less, and it would lapse before it settles; more, and money would stand promised for no reason. Seconds. */
export const SHORTEST_TIMEOUT = 10;
export const LONGEST_TIMEOUT = 600;

/**
 * Reads the `PAYMENT-REQUIRED` header. Offers of schemes that this program does not speak are left out.
 *
 * @throws `TERMS_UNREADABLE`
 */
export function readPaymentRequired(header: string | null): PaymentRequired {
  try {
    if (header === null) throw invalid('PAYMENT-REQUIRED', 'a header of the answer', header);
    const raw = decodeHeaderValue(header) as { accepts?: unknown };
    const offers = Array.isArray(raw?.accepts) ? raw.accepts.slice(0, 32) : [];
    return parsePaymentRequired({ ...raw, accepts: offers.filter(isExact) }, 'PAYMENT-REQUIRED');
  } catch (cause) {
    throw new HskError('TERMS_UNREADABLE', 'The merchant’s terms of payment cannot be read', {
      details: cause instanceof HskError ? cause.message : 'not base64 of JSON',
      cause,
    });
  }
}

/**
 * The offer that may be signed. Everything that will be signed comes from the profile, the budget and the
 * request; the 402 may only agree.
 *
 * @throws `TERMS_SCHEME`, `TERMS_RESOURCE`, `TERMS_NETWORK`, `TERMS_ASSET`, `TERMS_PAYEE`, `TERMS_AMOUNT`,
 * `TERMS_TIMEOUT`, `BUDGET_EXPIRED`: why the last of the offers is refused
 */
export function chooseTerms(request: TermsRequest, required: PaymentRequired): PaymentRequirements {
  const { url } = request;
  if (required.resource.url !== url)
    throw refuse('TERMS_RESOURCE', 'The merchant asks payment for another resource', required.resource.url);
  let why = refuse('TERMS_SCHEME', 'The merchant offers no payment of scheme exact', 'no such offer');
  for (const offer of required.accepts) {
    const refusal = judgeOffer(request, offer);
    if (!refusal) return offer;
    why = refusal;
  }
  throw why;
}

/** Why this offer is refused; `undefined` when it may be signed. */
function judgeOffer(
  { profile, budget, entry, now }: TermsRequest,
  offer: PaymentRequirements,
): HskError | undefined {
  const { chainId, contracts } = profile.execution;
  const { network, asset, extra, payTo, maxTimeoutSeconds } = offer;
  if (network !== `eip155:${chainId}`)
    return refuse('TERMS_NETWORK', 'The merchant wants to be paid on another chain', network);
  if (
    !sameAddress(asset, contracts.stablecoin) ||
    extra.name !== STABLECOIN.name ||
    extra.version !== STABLECOIN.version
  )
    return refuse(
      'TERMS_ASSET',
      'The merchant wants to be paid in another currency',
      `${asset} ${extra.name} ${extra.version}`,
    );
  if (!budget.payees.some((payee) => sameAddress(payee, payTo)))
    return refuse('TERMS_PAYEE', 'The money would go to somebody the owner has not allowed', payTo);
  if (entry && !sameAddress(entry.payTo, payTo))
    return refuse('TERMS_PAYEE', 'The money would go to somebody other than the catalogue says', payTo);
  const amount = BigInt(offer.amount);
  if (amount <= 0n || amount > budget.perPayment)
    return refuse(
      'TERMS_AMOUNT',
      'The price is above the limit for one payment',
      `${amount}, at most ${budget.perPayment} base units`,
    );
  if (entry && amount > entry.amount)
    return refuse(
      'TERMS_AMOUNT',
      'The price is above the one in the catalogue',
      `${amount}, catalogue ${entry.amount} base units`,
    );
  if (maxTimeoutSeconds < SHORTEST_TIMEOUT || maxTimeoutSeconds > LONGEST_TIMEOUT)
    return refuse(
      'TERMS_TIMEOUT',
      'The merchant sets an unusable time limit',
      `${maxTimeoutSeconds} s, from ${SHORTEST_TIMEOUT} to ${LONGEST_TIMEOUT}`,
    );
  if (budget.expiry < now + BigInt(SHORTEST_TIMEOUT))
    return new HskError('BUDGET_EXPIRED', 'The budget ends before this payment could settle', {
      details: `budget until ${budget.expiry}, now ${now}`,
      action: 'Ask the owner to open a new one.',
    });
  return undefined;
}

function isExact(offer: unknown): boolean {
  try {
    parseRequirements(offer, 'offer');
    return true;
  } catch {
    return false;
  }
}

function refuse(code: string, message: string, details: string): HskError {
  return new HskError(code, message, { details, action: 'Nothing was signed.' });
}
