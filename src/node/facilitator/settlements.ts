import { ClassicLevel } from 'classic-level';
import { type Address, encodeFunctionData, type Hex, parseEventLogs } from 'viem';
import { hongKongDollarAbi } from '../../contracts/abi/HongKongDollar.ts';
import { mandateSettlementAbi } from '../../contracts/abi/MandateSettlement.ts';
import { HskError } from '../../protocol/errors.ts';
import type { ExactPayload, PaymentPayload } from '../../protocol/x402.ts';
import { type Call, Sender } from '../sender.ts';
import type { ServiceContext } from '../service-context.ts';
import type { MandatedPayment } from './mandates.ts';

/** One authorisation on its way to the chain; kept before its transaction leaves. */
interface Settlement {
  raw: Hex;
  transaction: Hex;
  status: 'pending' | 'settled' | 'failed';
}

/**
 * Brings EIP-3009 authorisations to the chain, each at most once: the same authorisation again joins the
 * settlement under way, or returns what came of it.
 */
export class Settlements {
  readonly #context: ServiceContext;
  readonly #store: ClassicLevel<string, Settlement>;
  readonly #sender: Sender;
  readonly #running = new Map<string, Promise<Hex>>();

  private constructor(context: ServiceContext, store: ClassicLevel<string, Settlement>) {
    this.#context = context;
    this.#store = store;
    this.#sender = new Sender(context.executionClient, context.accounts.facilitator);
  }

  /** Takes up what a crash left pending. */
  static async open(context: ServiceContext): Promise<Settlements> {
    const store = new ClassicLevel<string, Settlement>(context.directory('facilitator'), {
      valueEncoding: 'json',
    });
    await store.open();
    const settlements = new Settlements(context, store);
    for await (const [key, settlement] of store.iterator())
      if (settlement.status === 'pending')
        settlements.#once(key, () => settlements.#resume(key, settlement)).catch(() => undefined);
    return settlements;
  }

  /** Whether this authorisation was brought here before. */
  async knows(payload: PaymentPayload): Promise<boolean> {
    const key = keyOf(payload);
    return this.#running.has(key) || (await this.#store.get(key)) !== undefined;
  }

  /**
   * @param mandated where the payment counts against a mandate
   * @returns hash of the transaction in whose block the transfer is
   * @throws `X402_REVERTED` when the chain refused it
   */
  settle(payload: PaymentPayload, mandated?: MandatedPayment): Promise<Hex> {
    const key = keyOf(payload);
    return this.#once(key, async () => {
      const known = await this.#store.get(key);
      if (known?.status === 'settled') return known.transaction;
      if (known) return this.#resume(key, known);
      return this.#begin(key, payload, mandated);
    });
  }

  /** The transaction that used an authorisation, whoever sent it. */
  async findUse(payload: PaymentPayload): Promise<Hex | undefined> {
    const { from, nonce } = payload.payload.authorization;
    const [log] = await this.#context.executionClient.getContractEvents({
      address: this.#context.profile.execution.contracts.stablecoin,
      abi: hongKongDollarAbi,
      eventName: 'AuthorizationUsed',
      args: { authorizer: from, nonce },
      fromBlock: 0n,
    });
    return log?.transactionHash;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running.values());
    await this.#store.close();
  }

  #once(key: string, work: () => Promise<Hex>): Promise<Hex> {
    const existing = this.#running.get(key);
    if (existing) return existing;
    const running = work().finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  async #begin(key: string, { payload }: PaymentPayload, mandated?: MandatedPayment): Promise<Hex> {
    const { stablecoin } = this.#context.profile.execution.contracts;
    const call = mandated ? settleCall(stablecoin, payload, mandated) : transferCall(stablecoin, payload);
    let settlement: Settlement | undefined;
    await this.#sender.sendAll([call], async ([signed]) => {
      settlement = { raw: signed!.raw, transaction: signed!.hash, status: 'pending' };
      await this.#store.put(key, settlement, { sync: true });
    });
    return this.#finish(key, settlement!);
  }

  async #resume(key: string, settlement: Settlement): Promise<Hex> {
    await this.#sender.broadcast(settlement.raw);
    return this.#finish(key, settlement);
  }

  async #finish(key: string, settlement: Settlement): Promise<Hex> {
    try {
      await this.#sender.confirm(settlement.transaction);
    } catch (cause) {
      if (!(cause instanceof HskError) || cause.code !== 'TRANSACTION_REVERTED') throw cause;
      await this.#store.put(key, { ...settlement, status: 'failed' }, { sync: true });
      throw new HskError('X402_REVERTED', 'The chain refused the transfer', {
        details: settlement.transaction,
        cause,
      });
    }
    await this.#store.put(key, { ...settlement, status: 'settled' }, { sync: true });
    return settlement.transaction;
  }
}

function transferCall(to: Address, { authorization, signature }: ExactPayload): Call {
  const { from, to: payee, value, validAfter, validBefore, nonce } = authorization;
  const args = [
    from,
    payee,
    BigInt(value),
    BigInt(validAfter),
    BigInt(validBefore),
    nonce,
    signature,
  ] as const;
  const functionName = 'transferWithAuthorization';
  return { to, data: encodeFunctionData({ abi: hongKongDollarAbi, functionName, args }), gas: 150_000n };
}

function settleCall(
  token: Address,
  { authorization, signature }: ExactPayload,
  { service, payeeProof }: MandatedPayment,
): Call {
  const signed = {
    ...authorization,
    value: BigInt(authorization.value),
    validAfter: BigInt(authorization.validAfter),
    validBefore: BigInt(authorization.validBefore),
    signature,
  };
  const data = encodeFunctionData({
    abi: mandateSettlementAbi,
    functionName: 'settle',
    args: [token, signed, payeeProof],
  });
  return { to: service, data, gas: 300_000n };
}

function keyOf({ payload }: PaymentPayload): string {
  return `${payload.authorization.from}:${payload.authorization.nonce}`;
}

/** What a settled transaction must contain to have paid: the use of the nonce and the transfer. */
export interface TransferUse {
  from: Address;
  to: Address;
  value: bigint;
  nonce: Hex;
}

/**
 * Whether a transaction used this authorisation and moved this amount.
 *
 * @returns seconds since 1970 of its block; `undefined` while it is in none
 * @throws `X402_OBSERVATION` when it is in a block and did something else
 */
export async function observeTransfer(
  context: ServiceContext,
  transaction: Hex,
  wanted: TransferUse,
): Promise<bigint | undefined> {
  const client = context.executionClient;
  const receipt = await client.getTransactionReceipt({ hash: transaction }).catch(() => undefined);
  if (!receipt) return undefined;
  const token = context.profile.execution.contracts.stablecoin.toLowerCase();
  const logs = parseEventLogs({ abi: hongKongDollarAbi, logs: receipt.logs }).filter(
    (log) => log.address.toLowerCase() === token,
  );
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const used = logs.some(
    (log) =>
      log.eventName === 'AuthorizationUsed' &&
      same(log.args.authorizer, wanted.from) &&
      log.args.nonce === wanted.nonce,
  );
  const moved = logs.some(
    (log) =>
      log.eventName === 'Transfer' &&
      same(log.args.from, wanted.from) &&
      same(log.args.to, wanted.to) &&
      log.args.value === wanted.value,
  );
  if (receipt.status !== 'success' || !used || !moved)
    throw new HskError('X402_OBSERVATION', 'The transaction does not contain this payment', {
      details: transaction,
    });
  return (await client.getBlock({ blockHash: receipt.blockHash })).timestamp;
}
