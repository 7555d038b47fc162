import { HskError } from '../protocol/errors.ts';
import { toJson } from '../protocol/hsp-json.ts';
import { encodeHeaderValue, type PaymentPayload, X402_HEADERS } from '../protocol/x402.ts';
import type { PaymentPlan, SealedPayment } from './payment.ts';

export type Fetch = typeof globalThis.fetch;

/** Milliseconds that a merchant has for one answer. */
const PATIENCE = 30_000;
/** Bytes of a resource; it is held back in memory until it is proven to be paid. */
const LARGEST = 16 * 1024 * 1024;

/** A merchant's answer, read to its end. */
export interface MerchantAnswer {
  status: number;
  headers: Headers;
  body: ArrayBuffer;
}

/** @throws `MERCHANT_UNREACHABLE` */
export function askResource(fetch: Fetch, url: string, signal?: AbortSignal): Promise<MerchantAnswer> {
  return get(fetch, url, {}, signal);
}

/**
 * Presents a signed payment.
 *
 * @throws `MERCHANT_UNREACHABLE`, `MERCHANT_REFUSED`: either way what came of the payment is unknown
 */
export async function presentPayment(
  fetch: Fetch,
  url: string,
  { terms, account, authorization, payeeProof }: PaymentPlan,
  { signature, mandate }: SealedPayment,
  signal?: AbortSignal,
): Promise<MerchantAnswer> {
  const { to, value, validAfter, validBefore, nonce } = authorization;
  const payload: PaymentPayload = {
    x402Version: 2,
    resource: { url },
    accepted: terms,
    payload: {
      signature,
      authorization: {
        from: account,
        to,
        value: value.toString(),
        validAfter: validAfter.toString(),
        validBefore: validBefore.toString(),
        nonce,
      },
    },
    extensions: { hsp: toJson(mandate), ...(payeeProof && { mandate: { payeeProof } }) },
  };
  const answer = await get(fetch, url, { [X402_HEADERS.signature]: encodeHeaderValue(payload) }, signal);
  if (isSuccess(answer)) return answer;
  if (answer.status >= 500) throw unreachable(url, `HTTP ${answer.status}`);
  throw new HskError('MERCHANT_REFUSED', 'The merchant did not accept the payment', {
    details: `${url}: HTTP ${answer.status}${reason(answer)}`,
    action: 'The same payment is presented again until its time is over.',
  });
}

export function isSuccess({ status }: MerchantAnswer): boolean {
  return status >= 200 && status < 300;
}

/** The answer as a page expects it. */
export function toResponse({ status, headers, body }: MerchantAnswer): Response {
  // Statuses without a body take none.
  const empty = status === 204 || status === 205;
  return new Response(empty ? null : body, { status, headers });
}

async function get(
  fetch: Fetch,
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<MerchantAnswer> {
  const timeout = AbortSignal.timeout(PATIENCE);
  try {
    const response = await fetch(url, {
      headers,
      cache: 'no-store',
      credentials: 'omit',
      // Whom the mandate names is whom it is shown to.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (Number(response.headers.get('content-length')) > LARGEST) throw new Error('the answer is too large');
    const body = await response.arrayBuffer();
    if (body.byteLength > LARGEST) throw new Error('the answer is too large');
    return { status: response.status, headers: response.headers, body };
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** What the answer says of itself, if anything. */
function reason({ body }: MerchantAnswer): string {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body)) as { error?: unknown };
    return typeof error === 'string' ? `, ${error.slice(0, 80)}` : '';
  } catch {
    return '';
  }
}

function unreachable(url: string, details: string, cause?: unknown): HskError {
  return new HskError('MERCHANT_UNREACHABLE', 'The merchant does not answer', {
    details: `${url}: ${details}`,
    ...(cause !== undefined && { cause }),
  });
}
