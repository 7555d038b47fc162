import type { Address } from 'viem';
import type { Standing } from '../identity/standing.ts';
import type { DocumentKind } from '../protocol/application-status.ts';
import { HskError, serializeError, toHskError } from '../protocol/errors.ts';
import type { Product } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import type { ProvenReceipt } from '../light-client/light-client-api.ts';
import { countryDisclosure } from '../protocol/country-disclosure.ts';
import { type Admission, readAdmission } from './admission.ts';
import { type Admitting, proveAndAdmit, sendAdmission } from './admit.ts';
import { recordsCountry } from './disclosure.ts';
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
import { isRenewing, noRenewal, type Renewal, renewal, type RenewalEvent } from './renewal.ts';

/** Milliseconds between two tries of what will come by itself. */
const PACE = 2000;
/**
 * After these the fill cannot settle any more: the contract would refuse it and it was never sent, or its
 * transaction can no longer be included. Nobody but the buyer can use the payment that was signed.
 */
const OVER = new Set(['CALL_REVERTS', 'TRANSACTION_REPLACED']);

/** Steps that another credential in the wallet may end. */
const RECHECKED: ReadonlySet<PurchaseState['step']> = new Set([
  'documents',
  'refused',
  'removed',
  'expired',
  'ineligible',
  'eligible',
]);

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
  /** The registry's record of the buyer, as last proven. */
  admission: Proven<Admission> | undefined;
  renewal: Renewal = noRenewal;
  /** Last day of the credential that satisfies the product, YYYYMMDD. */
  credentialEnds: number | undefined;
  /** Country that the registry would record with the admission of the buyer's business; ISO 3166-1 numeric. */
  disclosable: number | undefined;
  /** Whether the buyer wants that. */
  disclosing = false;
  /** True while the faucet has been asked and nothing has arrived. */
  funding = false;
  fundingError: HskError | undefined;
  readonly #journal: PurchaseJournal;
  #buyer: Address | undefined;
  #refreshing: Promise<void> | undefined;
  #settling = false;
  /** Ends the wait for somebody's decision. */
  #review: AbortController | undefined;
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
    this.#review?.abort();
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
      this.#review?.abort();
      this.#buyer = undefined;
      this.cash = undefined;
      this.holding = undefined;
      this.admission = undefined;
      this.credentialEnds = undefined;
      this.disclosable = undefined;
      this.disclosing = false;
      this.renewal = noRenewal;
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
      await this.#learn();
    });
  }

  /** Sends one of the documents that the issuer asks for. */
  async upload(kind: DocumentKind, file: Blob): Promise<void> {
    if (this.state.step !== 'documents' || this.state.sending) return;
    const progress = (fraction: number) => this.#dispatch({ type: 'uploading', kind, fraction });
    progress(0);
    await this.#attempt(async () => {
      await this.rooms.identity.upload(this.product, kind, file, progress);
      await this.#learn();
    });
  }

  /** Takes the open application back; the issuer deletes what it has. */
  async withdraw(): Promise<void> {
    await this.#attempt(async () => {
      await this.rooms.identity.withdraw(this.product);
      await this.#learn();
    });
  }

  /** The wallet holds something else than before. */
  async recheck(): Promise<void> {
    const { step } = this.state;
    const idle = this.state.step === 'needs-credential' && !this.state.busy;
    if (idle || RECHECKED.has(step)) await this.#learn().catch(() => undefined);
    else if (step !== 'needs-wallet') await this.#learnValidity();
  }

  reapply(): void {
    this.#dispatch({ type: 'reapply' });
  }

  /** Whether the country of the buyer's business is to stand on the chain. */
  disclose(disclosing: boolean): void {
    this.disclosing = disclosing;
    this.#changed();
  }

  /** Proves, and has the wallet admitted. */
  async prove(): Promise<void> {
    const admitting = this.#admitting(this.disclosing ? this.disclosable : undefined);
    if (this.state.step !== 'eligible' || !admitting) return;
    this.#dispatch({ type: 'prove' });
    await this.#attempt(async () => {
      await proveAndAdmit(admitting, {
        proving: ({ stage, fraction }) => this.#dispatch({ type: 'progress', stage, fraction }),
        proved: () => {
          this.#dispatch({ type: 'proved' });
          return this.state.step === 'admitting';
        },
        sent: () => this.#dispatch({ type: 'sent' }),
        progress: (progress) => this.#progress(progress),
      });
      this.#admitted();
    });
  }

  /** Proves an admission anew that has lapsed or soon will, wherever the purchase stands. */
  async renew(): Promise<void> {
    if (this.state.step === 'eligible') return this.prove();
    if (!this.#buyer || isRenewing(this.renewal)) return;
    const tell = (event: RenewalEvent) => {
      this.renewal = renewal(this.renewal, event);
      this.#changed();
    };
    tell({ type: 'begin' });
    try {
      // What was said openly goes on being said.
      const said = this.admission?.value.country || undefined;
      const again = said !== undefined && said === (await this.#learnDisclosable());
      const admitting = this.#admitting(again ? said : undefined);
      if (!admitting) throw new HskError('VAULT_LOCKED', 'The wallet was locked');
      await proveAndAdmit(admitting, {
        proving: (progress) => tell({ type: 'progress', ...progress }),
        proved: () => {
          tell({ type: 'proved' });
          return this.#buyer === admitting.buyer;
        },
        sent: () => tell({ type: 'sent' }),
        progress: () => undefined,
      });
      tell({ type: 'admitted' });
      this.#admitted();
    } catch (error) {
      tell({ type: 'failed', error: serializeError(error) });
    }
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
    const { profile, lightClient } = this.rooms;
    while (this.state.step === 'checking' && this.state.buyer === buyer && !this.#ended) {
      try {
        this.admission = await readAdmission(lightClient, profile, this.product, buyer);
        const { admitted, revoked } = this.admission.value;
        if (admitted) {
          this.#dispatch({ type: 'admitted' });
          await this.#learnValidity();
        } else if (revoked) this.#dispatch({ type: 'removed' });
        else await this.#learn();
        await this.#resumeAdmission(buyer);
      } catch (error) {
        this.#dispatch({ type: 'problem', error: serializeError(error) });
        await pause(PACE);
      }
    }
  }

  /** An admission on its way goes on by itself. */
  async #resumeAdmission(buyer: Address): Promise<void> {
    const admitting = this.#admitting();
    if (this.state.step !== 'eligible' || !admitting) return;
    const sent = await this.#journal.find('admission', this.product.token, buyer);
    if (!sent || this.state.step !== 'eligible') return;
    this.#dispatch({ type: 'prove' });
    this.#dispatch({ type: 'proved' });
    await this.#attempt(async () => {
      await sendAdmission(admitting, sent.calldata, {
        sent: () => this.#dispatch({ type: 'sent' }),
        progress: (progress) => this.#progress(progress),
      });
      this.#admitted();
    });
  }

  /** What the wallet holds decides how it goes on. */
  async #learn(): Promise<void> {
    const buyer = this.#buyer;
    const standing = await this.rooms.identity.standing(this.product);
    if (buyer !== this.#buyer || this.#ended) return;
    this.credentialEnds = endOf(standing);
    switch (standing.state) {
      case 'none':
        return this.#dispatch({ type: 'no-credential' });
      case 'held':
        this.#dispatch({ type: 'assessed', reasons: standing.rules });
        if (this.state.step === 'eligible') void this.#learnDisclosable().catch(() => undefined);
        return;
      case 'ended':
        return this.#dispatch({ type: 'expired', endedOn: standing.endedOn });
      case 'removed':
        return this.#dispatch({ type: 'removed' });
      case 'applied':
        this.#dispatch({ type: 'application', status: standing.status });
        if (this.state.step === 'in-review') void this.#awaitDecision();
    }
  }

  /** For a warning ahead; nothing else depends on it. */
  async #learnValidity(): Promise<void> {
    const standing = await this.rooms.identity.standing(this.product).catch(() => undefined);
    this.credentialEnds = standing && endOf(standing);
    this.#changed();
  }

  /** Somebody at the issuer decides; the page may be closed meanwhile. */
  async #awaitDecision(): Promise<void> {
    this.#review?.abort();
    const { signal } = (this.#review = new AbortController());
    try {
      await this.rooms.identity.decided(this.product, signal, (error) =>
        this.#dispatch(error ? { type: 'problem', error: serializeError(error) } : { type: 'recovered' }),
      );
    } catch (error) {
      // What the issuer does not know any more is not there any more.
      if (signal.aborted || toHskError(error).code === 'VAULT_LOCKED') return;
    }
    if (!signal.aborted) await this.#attempt(() => this.#learn());
  }

  async #learnDisclosable(): Promise<number | undefined> {
    const { identity, lightClient, profile } = this.rooms;
    const disclosure = await identity.disclosure?.(this.product);
    const recorded = disclosure && (await recordsCountry(lightClient, profile, this.product, disclosure));
    this.disclosable = recorded ? disclosure.country : undefined;
    this.#changed();
    return this.disclosable;
  }

  /** @param country to be said openly */
  #admitting(country?: number): Admitting<F> | undefined {
    const { rooms } = this;
    const buyer = this.#buyer;
    const { policy } = this.product;
    const product =
      country === undefined ? this.product : { ...this.product, policy: countryDisclosure(policy, country) };
    return buyer && { rooms, product, buyer, journal: this.#journal };
  }

  #admitted(): void {
    this.#dispatch({ type: 'admitted' });
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

  async #refresh(): Promise<void> {
    const buyer = this.#buyer;
    if (!this.offer) void this.#loadOffer();
    if (!buyer) return;
    const { lightClient, profile } = this.rooms;
    try {
      const [cash, units, admission] = await Promise.all([
        readCash(lightClient, profile, buyer),
        readUnits(lightClient, this.product, buyer),
        readAdmission(lightClient, profile, this.product, buyer),
      ]);
      if (buyer !== this.#buyer) return;
      const lapsed = this.admission?.value.admitted && !admission.value.admitted;
      this.admission = admission;
      if (lapsed) {
        this.#dispatch({ type: 'lapsed' });
        if (this.state.step === 'checking') void this.#check(buyer);
      }
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
      // Not a failure but a finding about the credential.
      if (toHskError(error).code === 'PROVER_LEAF_ABSENT') await this.#learn().catch(() => undefined);
    }
  }

  #dispatch(event: PurchaseEvent): void {
    const before = this.state;
    this.state = purchase(before, event);
    if (this.state === before) return;
    this.#changed();
    if (this.state.step === 'eligible' && before.step !== 'eligible') void this.#proveAhead(this.state.buyer);
  }

  async #proveAhead(buyer: Address): Promise<void> {
    try {
      await this.rooms.identity.proveAhead?.(this.product, buyer);
    } catch (error) {
      const absent = toHskError(error).code === 'PROVER_LEAF_ABSENT';
      if (absent && this.state.step === 'eligible') await this.#learn().catch(() => undefined);
    }
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

function endOf(standing: Standing): number | undefined {
  return standing.state === 'held' ? standing.validUntil : undefined;
}

function now(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
