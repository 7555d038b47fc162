import { type Address, type Hex, keccak256, stringToHex } from 'viem';
import { STABLECOIN } from '../../src/protocol/eip3009.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { parseSignedMandate } from '../../src/protocol/hsp-json.ts';
import {
  type PaymentPayload,
  type PaymentRequirements,
  type SettleResponse,
  X402_HEADERS,
} from '../../src/protocol/x402.ts';
import { requirementRef } from '../../src/protocol/x402-binding.ts';
import { FacilitatorClient } from './facilitator-client.ts';
import type { Resource } from './resources.ts';
import type { Sources } from './sources.ts';

/** What was sold: presented again, the same payment gets the same goods. */
export interface Sale {
  url: string;
  body: unknown;
  response: SettleResponse;
}

/** Seconds that a payment has to settle. */
const TIMEOUT = 60;
/** Sales remembered. */
const REMEMBERED = 10_000;

const authorizationStateAbi = [
  {
    type: 'function',
    name: 'authorizationState',
    stateMutability: 'view',
    inputs: [{ type: 'address' }, { type: 'bytes32' }],
    outputs: [{ type: 'bool' }],
  },
] as const;

/** A payment that was seen here, by what was presented for it. */
interface Seen {
  url: string;
  fingerprint: Hex;
  sale?: Promise<Sale>;
}

/** Takes x402 payments of scheme `exact`, each for one resource. */
export class Till {
  readonly #facilitator: FacilitatorClient;
  readonly #seen = new Map<string, Seen>();

  constructor(
    private readonly sources: Sources,
    private readonly payTo: Address,
  ) {
    this.#facilitator = new FacilitatorClient(sources.profile.services.facilitator);
  }

  requirements({ price }: Pick<Resource, 'price'>): PaymentRequirements {
    const { chainId, contracts } = this.sources.profile.execution;
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
    const fingerprint = fingerprintOf(payload);
    const requirements = this.requirements(resource);
    if (!this.#seen.has(key)) await this.#check(requirements, url, payload);
    const seen = this.#seen.get(key) ?? this.#remember(key, { url, fingerprint });
    if (seen.url !== url) throw refused('PAYMENT_FOR_OTHER_RESOURCE');
    // A settled authorisation stands on the chain for everybody to copy: only who presented it has paid.
    if (seen.fingerprint !== fingerprint) throw refused('PAYMENT_USED');
    if (seen.sale) return seen.sale;
    const sale = this.#settle(requirements, url, payload, produce);
    seen.sale = sale;
    // A payment whose outcome is unknown may be presented again.
    sale.catch(() => delete seen.sale);
    return sale;
  }

  async #check(requirements: PaymentRequirements, url: string, payload: PaymentPayload): Promise<void> {
    const hsp = payload.extensions?.['hsp'];
    if (hsp !== undefined) {
      const { mandate } = parseSignedMandate(hsp, `${X402_HEADERS.signature}.extensions.hsp`);
      if (mandate.requirementRef !== requirementRef(url, requirements))
        throw refused('MANDATE_FOR_OTHER_RESOURCE');
    } else if (await this.#isUsed(payload)) throw refused('PAYMENT_USED');
    const { isValid, invalidReason } = await this.#facilitator.verify(payload, requirements);
    if (!isValid) throw refused(invalidReason ?? 'invalid');
  }

  async #settle(
    requirements: PaymentRequirements,
    url: string,
    payload: PaymentPayload,
    produce: () => Promise<unknown>,
  ): Promise<Sale> {
    const body = await produce();
    const response = await this.#facilitator.settle(payload, requirements);
    if (!response.success) throw refused(response.errorReason ?? 'not settled');
    if (payload.extensions?.['hsp'] !== undefined && response.extensions?.['hsp'] === undefined)
      throw new HskError('SETTLE_UNKNOWN', 'The settlement is not observed yet', {
        action: 'Present the same payment again.',
      });
    return { url, body, response };
  }

  /** Without a mandate nothing but the first sight of it binds an authorisation to who presents it. */
  #isUsed({ payload }: PaymentPayload): Promise<boolean> {
    const { execution, profile } = this.sources;
    return execution.readContract({
      address: profile.execution.contracts.stablecoin,
      abi: authorizationStateAbi,
      functionName: 'authorizationState',
      args: [payload.authorization.from, payload.authorization.nonce],
    });
  }

  #remember(key: string, seen: Seen): Seen {
    this.#seen.set(key, seen);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= REMEMBERED) break;
      this.#seen.delete(oldest);
    }
    return seen;
  }
}

/** The signatures and what they are over. The mandate's never stands on the chain. */
function fingerprintOf({ payload, extensions }: PaymentPayload): Hex {
  return keccak256(stringToHex(JSON.stringify([payload, extensions?.['hsp'] ?? null])));
}

function refused(details: string): HskError {
  return new HskError('PAYMENT_REFUSED', 'The payment was not accepted', { details });
}
