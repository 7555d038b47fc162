import { createHmac, timingSafeEqual } from 'node:crypto';
import { HskError } from '../../../protocol/errors.ts';

/** Seconds by which a signature may be older or newer than now. */
export const TOLERANCE = 300;

/** `t=<seconds since 1970>,v1=<hex HMAC-SHA256(key, t + "." + body)>`. */
export function signDelivery(key: Uint8Array, body: string | Uint8Array, t: number): string {
  const digest = createHmac('sha256', key).update(`${t}.`).update(body).digest('hex');
  return `t=${t},v1=${digest}`;
}

/**
 * Several `v1` may stand in one header, while a key is exchanged for another.
 *
 * @throws `ISSUER_WEBHOOK_SIGNATURE`
 */
export function verifyDelivery(
  key: Uint8Array,
  body: Uint8Array,
  header: string | undefined,
  now: number,
): void {
  const parts = (header ?? '').split(',', 8).map((part) => part.trim());
  const t = /^t=(\d{1,12})$/.exec(parts.find((part) => part.startsWith('t=')) ?? '')?.[1];
  if (t === undefined) throw refused('no time');
  if (Math.abs(now - Number(t)) > TOLERANCE) throw refused(`signed at ${t}, now ${now}`);
  const expected = createHmac('sha256', key).update(`${t}.`).update(body).digest();
  const signed = parts.some((part) => {
    const given = /^v1=([0-9a-f]{64})$/.exec(part)?.[1];
    return given !== undefined && timingSafeEqual(Buffer.from(given, 'hex'), expected);
  });
  if (!signed) throw refused('no signature of this body');
}

function refused(details: string): HskError {
  return new HskError('ISSUER_WEBHOOK_SIGNATURE', 'The event is not signed by the provider', {
    details,
    action: 'Sign `t.body` with the key in webhook.key, and send it within five minutes.',
  });
}
