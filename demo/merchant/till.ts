import type { Address } from 'viem';
import { STABLECOIN } from '../../src/protocol/eip3009.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { parseSignedMandate } from '../../src/protocol/hsp-json.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import {
  type PaymentPayload,
  type PaymentRequirements,
  type SettleResponse,
  X402_HEADERS,
} from '../../src/protocol/x402.ts';
import { requirementRef } from '../../src/protocol/x402-binding.ts';
import { FacilitatorClient } from './facilitator-client.ts';
import type { Resource } from './resources.ts';

/** What was sold: presented again, the same payment gets the same goods. */
export interface Sale {
  url: string;
  body: unknown;
  response: SettleResponse;
}

/** Seconds that a payment has to settle. */
const TIMEOUT = 60;
/** Sales remembered; one that is older is settled and produced anew. */
const REMEMBERED = 10_000;

/** Takes x402 payments of scheme `exact`, each for one resource. */
export class Till {
  readonly #facilitator: FacilitatorClient;
  readonly #sales = new Map<string, { url: string; sale: Promise<Sale> }>();

  constructor(
    private readonly profile: ChainProfile,
    private readonly payTo: Address,
  ) {
    this.#facilitator = new FacilitatorClient(profile.services.facilitator);
  }

  requirements({ price }: Pick<Resource, 'price'>): PaymentRequirements {
    const { chainId, contracts } = this.profile.execution;
    return {
      scheme: 'exact',
      network: `eip155:${chainId}`,
      amount: price.toString(),
      asset: contracts.stablecoin,
      payTo: this.payTo,
      maxTimeoutSeconds: TIMEOUT,
      extra: { name: STABLECOIN.name, version: STABLECOIN.version },
    };
  }

  /**
   * @param produce makes the goods; asked before any money moves
   * @throws `PAYMENT_REFUSED` (`details`: the facilitator's reason), `SETTLE_UNKNOWN`
   */
  async sell(
    resource: Pick<Resource, 'price'>,
    url: string,
    payload: PaymentPayload,
    produce: () => Promise<unknown>,
  ): Promise<Sale> {
    const { from, nonce } = payload.payload.authorization;
    const key = `${from}:${nonce}`;
    const known = this.#sales.get(key);
    if (known) {
      if (known.url !== url) throw refused('PAYMENT_FOR_OTHER_RESOURCE');
      return known.sale;
    }
    const sale = this.#sell(this.requirements(resource), url, payload, produce);
    this.#sales.set(key, { url, sale });
    // A payment that was refused, or whose outcome is unknown, may be presented again.
    sale.catch(() => this.#sales.delete(key));
    for (const oldest of this.#sales.keys()) {
      if (this.#sales.size <= REMEMBERED) break;
      this.#sales.delete(oldest);
    }
    return sale;
  }

  async #sell(
    requirements: PaymentRequirements,
    url: string,
    payload: PaymentPayload,
    produce: () => Promise<unknown>,
  ): Promise<Sale> {
    const hsp = payload.extensions?.['hsp'];
    if (hsp !== undefined) {
      const { mandate } = parseSignedMandate(hsp, `${X402_HEADERS.signature}.extensions.hsp`);
      if (mandate.requirementRef !== requirementRef(url, requirements))
        throw refused('MANDATE_FOR_OTHER_RESOURCE');
    }
    const { isValid, invalidReason } = await this.#facilitator.verify(payload, requirements);
    if (!isValid) throw refused(invalidReason ?? 'invalid');
    const body = await produce();
    const response = await this.#facilitator.settle(payload, requirements);
    if (!response.success) throw refused(response.errorReason ?? 'not settled');
    if (hsp !== undefined && response.extensions?.['hsp'] === undefined)
      throw new HskError('SETTLE_UNKNOWN', 'The settlement is not observed yet', {
        action: 'Present the same payment again.',
      });
    return { url, body, response };
  }
}

function refused(details: string): HskError {
  return new HskError('PAYMENT_REFUSED', 'The payment was not accepted', { details });
}
