import type { Address, Hex } from 'viem';
import {
  address,
  flag,
  hex,
  integer,
  invalid,
  list,
  object,
  oneOf,
  optional,
  type Parser,
  text,
} from './parse.ts';

/** x402 version 2, scheme `exact` on EVM (wire.md §6). Amounts are decimal strings of base units. */
export const X402_HEADERS = {
  required: 'PAYMENT-REQUIRED',
  signature: 'PAYMENT-SIGNATURE',
  response: 'PAYMENT-RESPONSE',
} as const;

export interface PaymentRequirements {
  scheme: 'exact';
  /** `eip155:<chain id>`. */
  network: string;
  amount: string;
  asset: Address;
  payTo: Address;
  maxTimeoutSeconds: number;
  /** EIP-712 name and version of the asset. */
  extra: { name: string; version: string };
}

export interface PaymentRequired {
  x402Version: 2;
  error?: string | undefined;
  resource: { url: string; description?: string | undefined; mimeType?: string | undefined };
  accepts: PaymentRequirements[];
  extensions?: Record<string, unknown> | undefined;
}

export interface ExactPayload {
  /** 65 bytes r ‖ s ‖ v. */
  signature: Hex;
  authorization: {
    from: Address;
    to: Address;
    value: string;
    validAfter: string;
    validBefore: string;
    nonce: Hex;
  };
}

export interface PaymentPayload {
  x402Version: 2;
  resource?: PaymentRequired['resource'] | undefined;
  accepted: PaymentRequirements;
  payload: ExactPayload;
  /** `extensions.hsp = {mandate, signature, grant}` carries the HSP mandate of this payment. */
  extensions?: Record<string, unknown> | undefined;
}

export interface SettleResponse {
  success: boolean;
  transaction: Hex | '';
  network: string;
  payer?: Address | undefined;
  amount?: string | undefined;
  errorReason?: string | undefined;
  extensions?: Record<string, unknown> | undefined;
}

const decimal: Parser<string> = (value, path) => {
  const string = text(value, path);
  if (!/^(?:0|[1-9]\d{0,77})$/.test(string)) throw invalid(path, 'a decimal amount', value);
  return string;
};

const record: Parser<Record<string, unknown>> = (value, path) => {
  object({})(value, path);
  return value as Record<string, unknown>;
};

export const parseRequirements: Parser<PaymentRequirements> = object<PaymentRequirements>({
  scheme: oneOf('exact'),
  network: text,
  amount: decimal,
  asset: address,
  payTo: address,
  maxTimeoutSeconds: integer,
  extra: object<PaymentRequirements['extra']>({ name: text, version: text }),
});

const resource = object<PaymentRequired['resource']>({
  url: text,
  description: optional(text),
  mimeType: optional(text),
});

export const parsePaymentRequired: Parser<PaymentRequired> = object<PaymentRequired>({
  x402Version: oneOf(2),
  error: optional(text),
  resource,
  accepts: list(parseRequirements, 32),
  extensions: optional(record),
});

export const parsePaymentPayload: Parser<PaymentPayload> = object<PaymentPayload>({
  x402Version: oneOf(2),
  resource: optional(resource),
  accepted: parseRequirements,
  payload: object<ExactPayload>({
    signature: hex(65),
    authorization: object<ExactPayload['authorization']>({
      from: address,
      to: address,
      value: decimal,
      validAfter: decimal,
      validBefore: decimal,
      nonce: hex(32),
    }),
  }),
  extensions: optional(record),
});

export const parseSettleResponse: Parser<SettleResponse> = object<SettleResponse>({
  success: flag,
  transaction: (value, path) => (value === '' ? '' : hex(32)(value, path)),
  network: text,
  payer: optional(address),
  amount: optional(decimal),
  errorReason: optional(text),
  extensions: optional(record),
});

/** Header value: base64 of UTF-8 JSON. */
export function encodeHeaderValue(value: unknown): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
}

/** @throws SyntaxError when it is not base64 of JSON. */
export function decodeHeaderValue(value: string): unknown {
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(value), (c) => c.charCodeAt(0))));
}
