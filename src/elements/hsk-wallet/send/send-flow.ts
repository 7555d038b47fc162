import type { ReactiveControllerHost, TemplateResult } from 'lit';
import type { Address } from 'viem';
import { serializeError } from '../../../protocol/errors.ts';
import { SendConfirmEvent, SentEvent, type Transfer } from '../../shared/events.ts';
import type { Asset } from '../account/assets.ts';
import { checkTransfer } from './check-transfer.ts';
import { renderFailed, renderSending, renderSent } from './progress.ts';
import { amountWords, renderReview } from './review.ts';
import { type FormView, SendForm } from './send-form.ts';
import { initialSend, nextSend, type SendEvent, type SendOrder, type SendState } from './send-machine.ts';
import { transferCall } from './transfer-call.ts';

export interface SendActions {
  /** Focus should go to what shows next. */
  moved(): void;
  close(): void;
}

/** One transfer at a time: typed, checked, reviewed, signed, followed until it is proven. */
export class SendFlow {
  state: SendState = initialSend;
  #form: SendForm;
  #compared = { yes: false, asked: false };
  #view: FormView | undefined;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly actions: SendActions,
  ) {
    this.#form = this.#freshForm();
  }

  /** Whenever the sheet opens: what is over makes place for the next. */
  begin(): void {
    if (this.state.step !== 'sending') this.#again();
  }

  render(view: FormView): TemplateResult {
    this.#view = view;
    const { state } = this;
    switch (state.step) {
      case 'editing':
        return this.#form.render(view, state);
      case 'reviewing':
        return renderReview(view, state, this.#compared, {
          confirm: () => void this.#confirm(view, state.order),
          amend: () => this.#go({ type: 'amend' }),
          compared: (yes) => this.#compare({ yes, asked: false }),
        });
      case 'sending':
        return renderSending(view, state);
      case 'sent':
        return renderSent(view, state, { again: () => this.#again(), close: this.actions.close });
      case 'failed':
        return renderFailed(view, state, {
          retry: () => void this.#send(view, state.order),
          again: () => this.#again(),
        });
    }
  }

  #freshForm(): SendForm {
    return new SendForm(this.host, (asset, to, amount) => void this.#check(asset, to, amount));
  }

  #go(event: SendEvent): void {
    const { step } = this.state;
    this.state = nextSend(this.state, event);
    if (this.state.step !== step) this.actions.moved();
    this.host.requestUpdate();
  }

  #again(): void {
    this.#form = this.#freshForm();
    this.#compared = { yes: false, asked: false };
    this.#go({ type: 'again' });
  }

  #compare(compared: { yes: boolean; asked: boolean }): void {
    this.#compared = compared;
    this.host.requestUpdate();
  }

  async #check(asset: Asset, to: Address, amount: bigint): Promise<void> {
    const view = this.#view;
    if (!view) return;
    this.#compared = { yes: false, asked: false };
    this.#go({ type: 'check' });
    try {
      this.#go({ type: 'checked', order: await checkTransfer(view, asset, to, amount) });
    } catch (error) {
      this.#go({ type: 'refused', error: serializeError(error) });
      this.actions.moved();
    }
  }

  #confirm(view: FormView, order: SendOrder): void {
    if (order.alike && !this.#compared.yes) {
      this.#compare({ yes: false, asked: true });
      this.actions.moved();
      return;
    }
    if (this.host.dispatchEvent(new SendConfirmEvent(transferOf(order)))) void this.#send(view, order);
  }

  async #send({ session, account, language }: FormView, order: SendOrder): Promise<void> {
    const { asset, to, amount, id } = order;
    this.#go({ type: 'confirm' });
    if (this.state.step !== 'sending') return;
    try {
      const receipt = await session.wallet.send({
        ...transferCall(asset, to, amount),
        id,
        from: account,
        describe: `${amountWords(order, language)} → ${to}`,
        onSent: (hash) => this.#go({ type: 'progress', progress: { stage: 'broadcasting', hash } }),
        onProgress: (progress) => this.#go({ type: 'progress', progress }),
      });
      this.#go({ type: 'proven', receipt });
      if (receipt.value.status === 'success')
        this.host.dispatchEvent(new SentEvent(transferOf(order), receipt.value.transactionHash));
    } catch (error) {
      this.#go({ type: 'refused', error: serializeError(error) });
      this.actions.moved();
    }
  }
}

function transferOf({ asset, to, amount }: SendOrder): Transfer {
  return { token: asset.kind === 'native' ? undefined : asset.token, to, amount };
}
