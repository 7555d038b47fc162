import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Purchase } from '../../market/purchase.ts';
import type { PurchaseStep } from '../../market/purchase-machine.ts';
import type { PurchaseRooms } from '../../market/purchase-rooms.ts';
import type { ApplicationForm } from '../../protocol/issuance.ts';
import type { DocumentKind } from '../../protocol/application-status.ts';
import { serializeError, type SerializedError } from '../../protocol/errors.ts';
import { baseStyles } from '../shared/base.styles.ts';
import { chartStyles } from '../shared/chart.styles.ts';
import { renderHash } from '../shared/address.ts';
import { renderError } from '../shared/error-box.ts';
import { ElementErrorEvent, PurchaseConfirmEvent, PurchaseSettledEvent } from '../shared/events.ts';
import { focusIsElsewhere } from '../shared/focus.ts';
import { HostState } from '../shared/host-state.ts';
import { journeyStyles } from '../shared/journey.styles.ts';
import { Localized } from '../shared/i18n.ts';
import { InnerWallet } from '../shared/inner-wallet.ts';
import type { LineChart } from '../shared/line-chart.ts';
import { loadCode } from '../shared/load-code.ts';
import { renderProgress } from '../shared/progress.ts';
import { SessionController } from '../shared/session-controller.ts';
import type { Session } from '../shared/session.ts';
import { sharedWords } from '../shared/shared.messages.ts';
import { Sheet } from '../shared/sheet.ts';
import { purchaseMessages } from './hsk-purchase.messages.ts';
import { purchaseStyles } from './hsk-purchase.styles.ts';
import { purchaseErrors } from './purchase-errors.ts';
import type * as PurchaseParts from './purchase-parts.ts';
import type { StepView, View } from './view.ts';
import type { AmountForm } from './views/amount.ts';
import type { DocumentsStep } from './views/documents.ts';
import type { IdentityForm } from './views/identity-form.ts';
import type { RenewalActions } from './views/renewal.ts';
import type { Withdrawal } from './views/withdrawal.ts';

/** What is made from the code that arrives, once. */
interface Parts {
  code: typeof PurchaseParts;
  chart: LineChart;
  identityForm: IdentityForm;
  documents: DocumentsStep;
  withdrawal: Withdrawal;
  amountForm: AmountForm;
}

/**
 * @summary Buys units of a tokenised fund against Hong Kong dollars: eligibility proven in the browser, a
 * signed quote, one atomic settlement, and the holding with the evidence behind it.
 *
 * @event hsk-session-ready The session is open
 * @event hsk-purchase-confirm The buyer pressed Buy; cancel it to hold the purchase back
 * @event hsk-purchase-settled Settled and proven
 * @event hsk-error Something failed and is shown
 * @cssstate needs-wallet It shows a wallet to be created or unlocked; another beside it would say the same
 * @csspart product Name and net asset value
 * @csspart steps Progress through the purchase
 * @csspart holding The holding
 * @csspart error An error in place
 */
export class HskPurchase extends LitElement {
  static override styles = [...baseStyles, journeyStyles, chartStyles, purchaseStyles];

  /** URL of the chain profile. */
  @property() profile = '';
  /** `sha256-…` of the profile, as in subresource integrity. */
  @property({ attribute: 'profile-integrity' }) profileIntegrity = '';
  /** Symbol of a product in the profile; its first product without one. */
  @property() product = '';
  /** URL of the folder with the circuit's files; relative to the page. */
  @property() artefacts = '';
  @property({ attribute: false }) session: Session | undefined;
  /** Rooms of the host's own making; those of the session without it. */
  @property({ attribute: false }) rooms: PurchaseRooms<ApplicationForm> | undefined;

  @state() private terms: { text: string } | { error: SerializedError } | undefined;
  @state() private consent = { given: false, asked: false };
  @state() private failure: SerializedError | undefined;

  readonly #i18n = new Localized(this, purchaseMessages);
  readonly #session = new SessionController(this, (session) => void this.#begin(session));
  readonly #innerWallet = new InnerWallet(this);
  readonly #hostState = new HostState(this);
  readonly #sheet = new Sheet(this);
  #parts: Parts | undefined;
  #purchase: Purchase<ApplicationForm> | undefined;
  #begun = 0;
  #disconnect: (() => void) | undefined;
  #step: PurchaseStep = 'needs-wallet';
  #seen = 0n;
  #told: string | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // Countdowns and ages move.
    this.#clock = setInterval(() => this.requestUpdate(), 1000);
    if (this.#session.current && !this.#purchase) void this.#begin(this.#session.current);
    // While the session opens; whoever needs it asks again and is told if it does not arrive.
    else this.#load().catch(() => undefined);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.#end();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('product') && changed.get('product') !== undefined && this.#session.current)
      void this.#begin(this.#session.current);
    this.#follow();
  }

  protected override updated(): void {
    const step = this.#purchase?.state.step;
    this.#hostState.set('needs-wallet', step === 'needs-wallet');
    if (!step || step === this.#step) return;
    this.#step = step;
    // The end of a purchase is read out: its heading takes the focus.
    if (!focusIsElsewhere(this)) this.renderRoot.querySelector<HTMLElement>('[data-focus]')?.focus();
  }

  #end(): void {
    this.#purchase?.end();
    this.#purchase = undefined;
    this.#disconnect?.();
    this.#disconnect = undefined;
  }

  async #load(): Promise<Parts> {
    const code = await loadCode(() => import('./purchase-parts.ts'));
    this.#parts ??= {
      code,
      chart: new code.LineChart(this),
      identityForm: new code.IdentityForm(this, (form) => void this.#purchase?.apply(form)),
      documents: new code.DocumentsStep(this, (kind, file) => this.#upload(kind, file)),
      withdrawal: new code.Withdrawal(this, () => void this.#purchase?.withdraw()),
      amountForm: new code.AmountForm(this, {
        ask: (quantity) => void this.#purchase?.ask(quantity),
        fund: () => void this.#purchase?.fund(),
      }),
    };
    return this.#parts;
  }

  async #begin(session: Session): Promise<void> {
    this.#end();
    const begun = ++this.#begun;
    this.failure = undefined;
    try {
      const { findProduct, connectRooms, Purchase } = (await this.#load()).code;
      if (begun !== this.#begun || !this.isConnected) return;
      const product = findProduct(session.profile, this.product);
      const connected = connectRooms(session, () => this.#artefactsUrl());
      const purchase = new Purchase<ApplicationForm>(this.rooms ?? connected.rooms, product);
      purchase.addEventListener('change', () => this.#changed(purchase));
      this.#purchase = purchase;
      this.#disconnect = connected.follow({
        unlocked: (account) => purchase.unlocked(account),
        locked: () => purchase.locked(),
        recheck: () => void purchase.recheck(),
      });
      void purchase.begin();
      this.requestUpdate();
    } catch (error) {
      if (begun === this.#begun) this.failure = serializeError(error);
    }
  }

  #artefactsUrl(): string {
    return new URL(this.artefacts || 'circuits/', document.baseURI).href;
  }

  /** New blocks bring new balances. */
  #follow(): void {
    const head = this.#session.current?.status.heads.attested?.number ?? 0n;
    if (head === this.#seen) return;
    this.#seen = head;
    void this.#purchase?.refresh();
  }

  #changed(purchase: Purchase<ApplicationForm>): void {
    const { state } = purchase;
    if (state.step !== this.#step) {
      this.consent = { given: false, asked: false };
      this.#parts?.withdrawal.reset();
      if (state.step !== 'documents') this.#parts?.documents.reset();
      if (state.step === 'settled') {
        const { fill, transactionHash } = state.settlement;
        const { order, quantity, cost } = fill.quote;
        this.dispatchEvent(new PurchaseSettledEvent(order.asset, quantity, cost, transactionHash));
      }
    }
    const error = 'error' in state ? state.error : undefined;
    // Told once, however often it is tried again.
    if (error && error.code !== this.#told) this.dispatchEvent(new ElementErrorEvent(error));
    this.#told = error?.code;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { t, language } = this.#i18n;
    const session = this.#session.current;
    const purchase = this.#purchase;
    const parts = this.#parts;
    if (!session || !purchase || !parts)
      return html`<section class="card">
        ${renderError(this.failure ?? this.#session.error, language, {
          catalogue: purchaseErrors(t),
          action: { label: sharedWords(language).tryAgain, run: () => this.#retry() },
        })}
        ${
          this.failure || this.#session.error
            ? nothing
            : html`<span class="skeleton block">0</span><span class="skeleton block">0</span>
                <p class="visually-hidden" role="status">${sharedWords(language).loading}</p>`
        }
      </section>`;
    const { product, offer, cash, holding, admission, renewal, credentialEnds, state } = purchase;
    const now = Date.now() / 1000;
    const proven = { cash, holding, admission };
    const view: View = { t, language, session, product, offer, ...proven, renewal, credentialEnds, now };
    return html`<section class="card shell" part="card" aria-label=${product.name} data-step=${state.step}>
        ${parts.code.renderHead(view, parts.chart)}
        ${
          purchase.offerError && !offer
            ? html`<div>
                ${renderError(serializeError(purchase.offerError), language, { catalogue: purchaseErrors(t) })}
              </div>`
            : nothing
        }
        <div class="stack">${parts.code.renderSteps(state.step, t)} ${this.#body(view, purchase, parts)}</div>
        ${state.step === 'needs-wallet' ? nothing : parts.code.renderHolding(view, state.step, this.#renewal(purchase))}
      </section>
      ${this.#sheet.render(() => ({ title: t.terms, content: this.#termsContent(view), language }))}`;
  }

  #body(view: View, purchase: Purchase<ApplicationForm>, parts: Parts): TemplateResult {
    const { code } = parts;
    const { t, language, session } = view;
    const { state } = purchase;
    const at = <S extends PurchaseStep>(state: StepView<S>['state']) => ({ ...view, state }) as StepView<S>;
    switch (state.step) {
      case 'needs-wallet':
        return html`<p class="muted">${t.walletIntro}</p>
          ${this.#innerWallet.render(session, language)}`;
      case 'checking':
        return html`${renderProgress(t.checking, { language })}
        ${renderError(state.error, language, { catalogue: purchaseErrors(t) })}`;
      case 'needs-credential':
        return parts.identityForm.render(at<'needs-credential'>(state));
      case 'documents':
        return parts.documents.render(at<'documents'>(state), parts.withdrawal);
      case 'in-review':
        return code.renderInReview(at<'in-review'>(state), parts.withdrawal);
      case 'refused':
        return code.renderRefused(at<'refused'>(state), () => purchase.reapply());
      case 'removed':
        return code.renderRemoved(at<'removed'>(state), () => purchase.reapply());
      case 'expired':
        return code.renderExpired(at<'expired'>(state), () => purchase.reapply());
      case 'ineligible':
        return code.renderIneligible(at<'ineligible'>(state), () => purchase.reapply());
      case 'eligible':
        return code.renderEligible(at<'eligible'>(state), purchase);
      case 'proving':
        return code.renderProving(at<'proving'>(state));
      case 'admitting':
        return code.renderAdmitting(at<'admitting'>(state));
      case 'quoting':
        return html`${parts.amountForm.render(at<'quoting'>(state), purchase.funding)}
        ${renderError(purchase.fundingError && serializeError(purchase.fundingError), language, {
          catalogue: purchaseErrors(t),
        })}`;
      case 'reviewing':
        return code.renderReview(at<'reviewing'>(state), this.consent, {
          confirm: () => this.#confirm(purchase),
          amend: () => purchase.amend(),
          refresh: () => void purchase.ask(state.quote.quantity),
          openTerms: () => void this.#openTerms(purchase),
          consent: (given) => (this.consent = { ...this.consent, given }),
        });
      case 'settling':
        return code.renderSettling(at<'settling'>(state));
      case 'settled':
        return code.renderSettled(at<'settled'>(state), () => void purchase.again());
      case 'failed':
        return code.renderFailed(at<'failed'>(state), () => void purchase.again());
    }
  }

  #renewal(purchase: Purchase<ApplicationForm>): RenewalActions {
    return { renew: () => void purchase.renew(), reapply: () => purchase.reapply() };
  }

  async #upload(kind: DocumentKind, file: Blob): Promise<boolean> {
    const purchase = this.#purchase;
    await purchase?.upload(kind, file);
    return purchase?.state.step !== 'documents' || !purchase.state.error;
  }

  #retry(): void {
    this.failure = undefined;
    if (this.#session.current) void this.#begin(this.#session.current);
    else this.#session.retry();
  }

  #confirm(purchase: Purchase<ApplicationForm>): void {
    if (purchase.state.step !== 'reviewing') return;
    this.consent = { ...this.consent, asked: true };
    if (!this.consent.given) {
      this.renderRoot.querySelector<HTMLElement>('.choice input')?.focus();
      return;
    }
    const { order, quantity, cost } = purchase.state.quote;
    if (this.dispatchEvent(new PurchaseConfirmEvent(order.asset, quantity, cost))) void purchase.confirm();
  }

  async #openTerms({ product }: Purchase<ApplicationForm>): Promise<void> {
    this.terms = undefined;
    this.#sheet.open();
    try {
      const { fetchTerms, keccak256 } = (await this.#load()).code;
      this.terms = { text: await fetchTerms(product, keccak256) };
    } catch (error) {
      this.terms = { error: serializeError(error) };
    }
  }

  #termsContent({ t, language, product }: View): TemplateResult {
    const { terms } = this;
    if (!terms) return html`<span class="skeleton block">0</span>`;
    if ('error' in terms)
      return html`${renderError(terms.error, language, { catalogue: purchaseErrors(t) })}`;
    return html`<div class="terms" tabindex="0" role="region" aria-label=${t.terms}>${terms.text}</div>
      <p class="small muted">${t.termsChecked}</p>
      <dl class="facts">
        <div>
          <dt>${t.termsHash}</dt>
          <dd>${renderHash(product.termsHash, t.termsHash, language)}</dd>
        </div>
      </dl>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'hsk-purchase': HskPurchase;
  }
}
