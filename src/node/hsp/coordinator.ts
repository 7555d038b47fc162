import { ClassicLevel } from 'classic-level';
import { type Address, type Hex, keccak256 } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { hspDomain, identifier, Outcome, type Receipt, receiptHash } from '../../protocol/hsp.ts';
import {
  parseSignedMandate,
  parseSignedReceipt,
  type SignedMandate,
  type SignedReceipt,
  toJson,
} from '../../protocol/hsp-json.ts';
import {
  encodeObservation,
  verifySignedMandate,
  X402_PROOF_SCHEMA,
  type X402Observation,
} from '../../protocol/x402-binding.ts';
import { observeTransfer } from '../facilitator/settlements.ts';
import type { ServiceContext } from '../service-context.ts';

/** A payment as the Coordinator keeps it. */
export interface Payment {
  paymentId: Hex;
  payer: Address;
  principal: Address;
  recipient: Address;
  signed: SignedMandate;
  /** Seconds since 1970. */
  registeredAt: number;
  /** The transaction that is to be observed, once named. */
  transaction?: Hex | undefined;
  receipt?: SignedReceipt | undefined;
}

/** Same status words as the REST answers. */
export function statusOf(payment: Payment): 'registered' | 'settled' {
  return payment.receipt ? 'settled' : 'registered';
}

/**
 * Registers mandates, observes their settlement on chain and signs receipts. One observation settles one
 * payment; a receipt once signed is the only one ever given for its payment.
 */
export class Coordinator {
  readonly #context: ServiceContext;
  readonly #store: ClassicLevel<string, unknown>;
  /** Writes run one after the other, so that an observation cannot be taken twice. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(context: ServiceContext, store: ClassicLevel<string, unknown>) {
    this.#context = context;
    this.#store = store;
  }

  static async open(context: ServiceContext): Promise<Coordinator> {
    const store = new ClassicLevel<string, unknown>(context.directory('hsp'), { valueEncoding: 'json' });
    await store.open();
    return new Coordinator(context, store);
  }

  get chainId(): number {
    return this.#context.profile.execution.chainId;
  }

  /**
   * Registers a mandate; the same one again returns the payment that is there.
   *
   * @throws `MANDATE_*`, `MANDATE_TOKEN`
   */
  register(signed: SignedMandate): Promise<Payment> {
    return this.#inTurn(async () => {
      const now = Math.floor(Date.now() / 1000);
      const verified = verifySignedMandate(signed, this.chainId, BigInt(now));
      const known = await this.payment(verified.paymentId);
      if (known) return known;
      if (signed.mandate.token !== this.#context.profile.execution.contracts.stablecoin.toLowerCase())
        throw new HskError('MANDATE_TOKEN', 'This Coordinator does not settle that token', {
          details: signed.mandate.token,
        });
      const { paymentId, signer, principal, recipient } = verified;
      const payment: Payment = { paymentId, payer: signer, principal, recipient, signed, registeredAt: now };
      await this.#put(payment);
      return payment;
    });
  }

  async payment(id: Hex): Promise<Payment | undefined> {
    const stored = (await this.#store.get(`payment:${id}`)) as
      (Payment & { signed: unknown; receipt?: unknown }) | undefined;
    if (!stored) return undefined;
    return {
      ...stored,
      signed: parseSignedMandate(stored.signed, 'payment.signed'),
      receipt: stored.receipt ? parseSignedReceipt(stored.receipt, 'payment.receipt') : undefined,
    };
  }

  /** Newest last; at most `limit`. */
  async payments(limit: number): Promise<Payment[]> {
    const found: Payment[] = [];
    for await (const key of this.#store.keys({ gte: 'payment:', lt: 'payment;', limit })) {
      const payment = await this.payment(key.slice('payment:'.length) as Hex);
      if (payment) found.push(payment);
    }
    return found.toSorted((a, b) => a.registeredAt - b.registeredAt);
  }

  /**
   * Observes an x402 settlement: the transfer with the EIP-3009 nonce that the mandate binds.
   *
   * @returns `undefined` while the transaction is in no block
   * @throws `HSP_PAYMENT_UNKNOWN`, `HSP_OBSERVATION_REUSED`, `X402_OBSERVATION`
   */
  observeX402(paymentId: Hex, transaction: Hex): Promise<SignedReceipt | undefined> {
    return this.#inTurn(async () => {
      const payment = await this.payment(paymentId);
      if (!payment)
        throw new HskError('HSP_PAYMENT_UNKNOWN', 'No such payment is registered', { details: paymentId });
      if (payment.receipt) return payment.receipt;
      const { mandate } = payment.signed;
      const settledAt = await observeTransfer(this.#context, transaction, {
        from: payment.payer,
        to: payment.recipient,
        value: mandate.amount,
        nonce: mandate.settlementBinding,
      });
      if (settledAt === undefined) return undefined;
      const observation: X402Observation = {
        chainId: BigInt(this.chainId),
        token: mandate.token,
        transactionHash: transaction,
        authorizationNonce: mandate.settlementBinding,
      };
      const proof = encodeObservation(observation);
      const key = `observation:${keccak256(proof)}`;
      const taken = await this.#store.get(key);
      if (taken !== undefined && taken !== paymentId)
        throw new HskError('HSP_OBSERVATION_REUSED', 'That transfer already settled another payment', {
          details: transaction,
        });
      const receipt = await this.#sign(paymentId, proof, settledAt);
      await this.#store.batch(
        [
          { type: 'put', key, value: paymentId },
          { type: 'put', key: `payment:${paymentId}`, value: toJson({ ...payment, transaction, receipt }) },
        ],
        { sync: true },
      );
      return receipt;
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#store.close();
  }

  async #sign(mandateHash: Hex, adapterProof: Hex, settledAt: bigint): Promise<SignedReceipt> {
    const adapterId = identifier('adapter:x402');
    const adapter = this.#context.profile.hsp.adapters.find((entry) => entry.adapterId === adapterId);
    if (!adapter) throw new HskError('HSP_ADAPTER', 'This node does not operate the x402 adapter');
    const receipt: Receipt = {
      mandateHash,
      adapterId,
      adapterInstanceKey: adapter.adapterInstanceKey,
      seq: 0n,
      outcome: Outcome.Settled,
      settledAt,
      proofSchemaId: X402_PROOF_SCHEMA,
      adapterProofHash: keccak256(adapterProof),
    };
    const digest = receiptHash(hspDomain(this.chainId), receipt);
    const signature = await this.#context.accounts.hspOperator.sign({ hash: digest });
    return { receipt, adapterProof, signature };
  }

  async #put(payment: Payment): Promise<void> {
    await this.#store.put(`payment:${payment.paymentId}`, toJson(payment), { sync: true });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
