import { HskError } from '../../src/protocol/errors.ts';
import { flag, object, optional, text } from '../../src/protocol/parse.ts';
import {
  parseSettleResponse,
  type PaymentPayload,
  type PaymentRequirements,
  type SettleResponse,
} from '../../src/protocol/x402.ts';

interface Verdict {
  isValid: boolean;
  invalidReason?: string | undefined;
}

const parseVerdict = object<Verdict>({ isValid: flag, invalidReason: optional(text) });

/** Milliseconds. */
const PATIENCE = 25_000;

/** The facilitator that checks and settles payments; whatever is not a clear answer is `SETTLE_UNKNOWN`. */
export class FacilitatorClient {
  constructor(private readonly url: string) {}

  async verify(payload: PaymentPayload, requirements: PaymentRequirements): Promise<Verdict> {
    return parseVerdict(await this.#ask('verify', payload, requirements), 'verify');
  }

  async settle(payload: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse> {
    return parseSettleResponse(await this.#ask('settle', payload, requirements), 'settle');
  }

  async #ask(
    step: 'verify' | 'settle',
    paymentPayload: PaymentPayload,
    paymentRequirements: PaymentRequirements,
  ): Promise<unknown> {
    try {
      const response = await fetch(`${this.url}/${step}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ x402Version: 2, paymentPayload, paymentRequirements }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await response.json();
    } catch (cause) {
      throw new HskError('SETTLE_UNKNOWN', 'The facilitator gave no clear answer', {
        details: `${step}: ${cause instanceof Error ? cause.message : String(cause)}`,
        action: 'Present the same payment again.',
        cause,
      });
    }
  }
}
