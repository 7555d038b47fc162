import { type Address, type Hex, keccak256 } from 'viem';
import { HskError, serializeError, toHskError } from '../protocol/errors.ts';
import type { Product } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import type { ProvenReceipt } from '../light-client/light-client-api.ts';
import { admitCalldata, readAdmission } from './admission.ts';
import { askFaucet } from './faucet.ts';
import { checkSettlement, freshSalt, paymentTypedData, sealFill } from './fill.ts';
import { type Holding, readCash, readUnits, valueUnits } from './holdings.ts';
import { fetchOffer, type Offer } from './products.ts';
import { PurchaseJournal } from './purchase-journal.ts';
import {
  type Fill,
  initialPurchase,
  purchase,
  type PurchaseEvent,
  type PurchaseState,
} from './purchase-machine.ts';
import type { SendProgress } from '../wallet/send.ts';
import type { PurchaseRooms } from './purchase-rooms.ts';
import { requestQuote } from './quote.ts';

/** Milliseconds between two tries of what will come by itself. */
const PACE = 2000;
/**
 * After these the fill cannot settle any more: the contract would refuse it and it was never sent, or its
 * transaction can no longer be included. Nobody but the buyer can use the payment that was signed.
 */
const OVER = new Set(['CALL_REVERTS', 'TRANSACTION_REPLACED']);

/**
 * One purchase of one product: the machine's effects. Every step that signs writes what it signed to disk
 * before anything is sent, so that a reload, a crash or a dead node goes on with the same authorisation.
 * Dispatches `change` whenever something that is shown has changed.
 */
export class Purchase<F> extends EventTarget {
  state: PurchaseState = initialPurchase;
  offer: Offer | undefined;
  /** Why there is no offer; tried again on `refresh`. */
  offerError: unknown;
  cash: Proven<bigint> | undefined;
  holding: Holding | undefined;
  /** True while the faucet has been asked and nothing has arrived. */
  funding = false;
  fundingError: HskError | undefined;
  readonly #journal: PurchaseJournal;
  #buyer: Address | undefined;
  #refreshing: Promise<void> | undefined;
  #settling = false;
  #ended = false;

  constructor(
    readonly rooms: PurchaseRooms<F>,
    readonly product: Product,
  ) {
    super();
    const { chainId, contracts } = rooms.profile.execution;
    this.#journal = new PurchaseJournal(chainId, contracts.settlement);
  }

  /** Loads the desk's figures, and goes on with what was signed before the page was closed. */
  async begin(): Promise<void> {
    void this.#loadOffer();
    const open = await this.#journal.find('fill', this.product.token);
    if (open && this.state.step === 'needs-wallet') {
      this.#dispatch({ type: 'resumed', fill: open.fill });
      this.#buyer = open.buyer;
      void this.#settle(open.fill);
    }
  }

  /** Stops; what was sent goes on in the wallet and is taken up by the next purchase. */
  end(): void {
    this.#ended = true;
    this.#journal.close();
  }

  unlocked(buyer: Address): void {
    if (buyer === this.#buyer && this.state.step !== 'needs-wallet') return;
    this.#buyer = buyer;
    this.#dispatch({ type: 'unlocked', buyer });
    if (this.state.step === 'checking') void this.#check(buyer);
    void this.refresh();
  }

  locked(): void {
    this.#dispatch({ type: 'locked' });
    if (this.state.step === 'needs-wallet') {
      this.#buyer = undefined;
      this.cash = undefined;
      this.holding = undefined;
    }
  }

  /** Reads the balances again; the element calls it when the chain has moved. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Sends the issuer's form. */
  async apply(form: F): Promise<void> {
    this.#dispatch({ type: 'applied' });
    await this.#attempt(async () => {
      await this.rooms.identity.apply(form);
      this.#dispatch({ type: 'assessed', reasons: (await this.rooms.identity.assess(this.product)) ?? [] });
    });
  }

  reapply(): void {
    this.#dispatch({ type: 'reapply' });
  }

  /** Proves, and has the wallet admitted. */
  async prove(): Promise<void> {
    const buyer = this.#buyer;
    if (this.state.step !== 'eligible' || !buyer) return;
    this.#dispatch({ type: 'prove' });
    await this.#attempt(async () => {
      const { identity, profile } = this.rooms;
      const [proof] = await Promise.all([
        identity.prove(this.product, buyer, ({ stage, fraction }) =>
          this.#dispatch({ type: 'progress', stage, fraction }),
        ),
        this.#ensureGas(buyer),
      ]);
      if (this.state.step !== 'proving') return;
      const calldata = admitCalldata(this.product, proof);
      await this.#journal.write({ kind: 'admission', token: this.product.token, buyer, calldata });
      this.#dispatch({ type: 'proved' });
      await this.#admit(buyer, calldata, profile.execution.contracts.identityRegistry);
    });
  }

  /** Asks for a quote, or for a new one while reviewing. */
  async ask(quantity: bigint): Promise<void> {
    const buyer = this.#buyer;
    if (!buyer) return;
    this.#dispatch({ type: 'ask', quantity });
    await this.#attempt(async () => {
      // Today's figure again, so that the quote is held against what the buyer sees now.
      await this.#loadOffer(true);
      const request = { product: this.product, buyer, quantity, shownPrice: this.offer?.nav ?? 0n };
      const quote = await requestQuote(this.rooms.profile, request, now());
      this.#dispatch({ type: 'quoted', quote });
    });
  }

  amend(): void {
    this.#dispatch({ type: 'amend' });
  }

  /** Signs what stands in the review, keeps it, and settles. */
  async confirm(): Promise<void> {
    if (this.state.step !== 'reviewing' || this.state.busy) return;
    const { quote, buyer } = this.state;
    this.#dispatch({ type: 'confirm' });
    await this.#attempt(async () => {
      if (quote.order.validUntil <= now())
        throw new HskError('QUOTE_EXPIRED', 'The quote has run out', {
          details: String(quote.order.validUntil),
        });
      const salt = freshSalt();
      const typedData = paymentTypedData(this.rooms.profile, quote, buyer, salt);
      const fill = sealFill(quote, buyer, salt, await this.rooms.wallet.signTypedData(buyer, typedData));
      await this.#journal.write({ kind: 'fill', token: this.product.token, buyer, fill });
      this.#dispatch({ type: 'signed', fill });
      void this.#settle(fill);
    });
  }

  /** Leaves the receipt and begins another purchase. */
  async again(): Promise<void> {
    if (this.state.step === 'settled' || this.state.step === 'failed')
      await this.#journal.remove({ kind: 'fill', token: this.product.token, buyer: this.state.buyer });
    this.#dispatch({ type: 'again' });
    void this.refresh();
  }

  /** Asks the test network's faucet for money. */
  async fund(): Promise<void> {
    const { faucet } = this.rooms.profile.services;
    const buyer = this.#buyer;
    if (!faucet || !buyer || this.funding) return;
    this.funding = true;
    this.fundingError = undefined;
    this.#changed();
    try {
      const before = this.cash?.value ?? 0n;
      await askFaucet(faucet, buyer);
      for (let tries = 0; tries < 15 && (this.cash?.value ?? 0n) <= before; tries++) {
        await pause(PACE / 2);
        await this.refresh();
      }
    } catch (error) {
      this.fundingError = toHskError(error);
    }
    this.funding = false;
    this.#changed();
  }

  /** What is already proven about the buyer decides where to begin; tried until the chain answers. */
  async #check(buyer: Address): Promise<void> {
    const { profile, lightClient, identity } = this.rooms;
    while (this.state.step === 'checking' && this.state.buyer === buyer && !this.#ended) {
      try {
        const { value } = await readAdmission(lightClient, profile, this.product, buyer);
        const sent = value.admitted
          ? undefined
          : await this.#journal.find('admission', this.product.token, buyer);
        const reasons = value.admitted ? undefined : await identity.assess(this.product);
        if (value.admitted) this.#dispatch({ type: 'admitted' });
        else if (reasons) this.#dispatch({ type: 'assessed', reasons });
        else this.#dispatch({ type: 'no-credential' });
        // An admission on its way goes on by itself.
        if (sent && reasons?.every(({ met }) => met)) {
          this.#dispatch({ type: 'prove' });
          this.#dispatch({ type: 'proved' });
          await this.#attempt(() =>
            this.#admit(buyer, sent.calldata, profile.execution.contracts.identityRegistry),
          );
        }
      } catch (error) {
        this.#dispatch({ type: 'problem', error: serializeError(error) });
        await pause(PACE);
      }
    }
  }

  async #admit(buyer: Address, calldata: Hex, registry: Address): Promise<void> {
    const entry = { kind: 'admission', token: this.product.token, buyer } as const;
    try {
      const { value } = await this.rooms.wallet.send({
        id: `admit:${buyer}:${keccak256(calldata)}`,
        from: buyer,
        to: registry,
        data: calldata,
        describe: `Admission to ${this.product.symbol}`,
        onSent: () => this.#dispatch({ type: 'sent' }),
        onProgress: (progress) => this.#progress(progress),
      });
      if (value.status === 'reverted')
        throw new HskError('ADMISSION_REFUSED', 'The registry did not accept the proof', {
          details: `transaction ${value.transactionHash} reverted`,
          action: 'Prove again.',
        });
      this.#dispatch({ type: 'admitted' });
    } catch (error) {
      if (toHskError(error).code !== 'CALL_REVERTS') throw error;
      throw new HskError('ADMISSION_REFUSED', 'The registry would not accept the proof', {
        action: 'Prove again.',
        cause: error,
      });
    } finally {
      await this.#journal.remove(entry);
    }
    void this.refresh();
  }

  /** Sends the fill and waits for its proven receipt, for as long as it takes. */
  async #settle(fill: Fill): Promise<void> {
    if (this.#settling) return;
    this.#settling = true;
    try {
      while (this.state.step === 'settling' && !this.#ended) {
        try {
          this.#settled(fill, await this.#sendFill(fill));
        } catch (error) {
          const { code } = toHskError(error);
          const lapsed = fill.quote.order.validUntil <= now();
          if (OVER.has(code) || (lapsed && code === 'TRANSACTION_REFUSED'))
            this.#dispatch({ type: 'refused', error: serializeError(error) });
          else this.#dispatch({ type: 'problem', error: serializeError(error) });
          await pause(PACE);
        }
      }
    } finally {
      this.#settling = false;
    }
  }

  #sendFill(fill: Fill): Promise<Proven<ProvenReceipt>> {
    return this.rooms.wallet.send({
      id: `settle:${fill.quote.hash}:${fill.fillSalt}`,
      from: fill.buyer,
      to: this.rooms.profile.execution.contracts.settlement,
      data: fill.calldata,
      describe: `Purchase of ${this.product.symbol}`,
      onSent: () => this.#dispatch({ type: 'sent' }),
      onProgress: (progress) => this.#progress(progress),
    });
  }

  #progress(progress: SendProgress): void {
    if (progress.stage === 'preparing') return;
    if (progress.stage === 'sequenced') this.#dispatch({ type: 'included' });
    if ('problem' in progress && progress.problem)
      this.#dispatch({ type: 'problem', error: serializeError(progress.problem) });
    else this.#dispatch({ type: 'recovered' });
  }

  #settled(fill: Fill, { value, rung, block, evidenceId }: Proven<ProvenReceipt>): void {
    try {
      checkSettlement(this.rooms.profile, fill, value);
    } catch (error) {
      this.#dispatch({ type: 'refused', error: serializeError(error) });
      return;
    }
    const { transactionHash, gasUsed } = value;
    this.#dispatch({
      type: 'settled',
      settlement: { fill, transactionHash, gasUsed, rung, block, evidenceId },
    });
    void this.refresh();
  }

  /** Transactions cost gas: on a test network the faucet pays it. */
  async #ensureGas(buyer: Address): Promise<void> {
    const { faucet } = this.rooms.profile.services;
    const balance = async () =>
      (await this.rooms.lightClient.read({ kind: 'account', address: buyer })).value.balance;
    if (!faucet || (await balance()) > 0n) return;
    await askFaucet(faucet, buyer);
    for (let tries = 0; tries < 30 && (await balance()) === 0n; tries++) await pause(PACE / 4);
  }

  async #refresh(): Promise<void> {
    const buyer = this.#buyer;
    if (!this.offer) void this.#loadOffer();
    if (!buyer) return;
    const { lightClient, profile } = this.rooms;
    try {
      const [cash, units] = await Promise.all([
        readCash(lightClient, profile, buyer),
        readUnits(lightClient, this.product, buyer),
      ]);
      if (buyer !== this.#buyer) return;
      this.cash = cash;
      this.holding = { units, value: this.offer && valueUnits(units.value, this.offer) };
      this.#changed();
    } catch {
      // What was proven before stays, with its age; the session's status says why nothing newer comes.
    }
  }

  async #loadOffer(strict = false): Promise<void> {
    try {
      this.offer = await fetchOffer(this.rooms.profile, this.product);
      this.offerError = undefined;
      if (this.holding)
        this.holding = { ...this.holding, value: valueUnits(this.holding.units.value, this.offer) };
    } catch (error) {
      this.offerError = error;
      if (strict) throw error;
    } finally {
      this.#changed();
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#dispatch({ type: 'failed', error: serializeError(error) });
    }
  }

  #dispatch(event: PurchaseEvent): void {
    const before = this.state;
    this.state = purchase(before, event);
    if (this.state === before) return;
    this.#changed();
    if (this.state.step === 'eligible' && before.step !== 'eligible')
      this.rooms.identity.proveAhead?.(this.product, this.state.buyer);
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

function now(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
