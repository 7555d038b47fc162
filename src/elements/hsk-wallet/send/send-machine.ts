import type { Address, Hex } from 'viem';
import type { ProvenReceipt } from '../../../light-client/light-client-api.ts';
import type { SerializedError } from '../../../protocol/errors.ts';
import type { Proven } from '../../../protocol/trust.ts';
import type { Fees } from '../../../wallet/prepare.ts';
import type { SendProgress } from '../../../wallet/send.ts';
import type { Asset } from '../account/assets.ts';

/** One transfer as it was reviewed. The id makes it one transaction, however often it is tried. */
export interface SendOrder {
  id: string;
  asset: Asset;
  to: Address;
  /** Base units. */
  amount: bigint;
  fees: Fees;
  /** A known address that this one could be mistaken for. */
  alike: Address | undefined;
  /** True when nothing was sent there before. */
  first: boolean;
}

export type SendState =
  | { step: 'editing'; busy: boolean; error?: SerializedError }
  | { step: 'reviewing'; order: SendOrder; error?: SerializedError }
  | { step: 'sending'; order: SendOrder; progress: SendProgress }
  | { step: 'sent'; order: SendOrder; receipt: Proven<ProvenReceipt> }
  | {
      step: 'failed';
      order: SendOrder;
      error: SerializedError;
      hash: Hex;
      /** Proven to have reverted. */
      receipt?: Proven<ProvenReceipt>;
    };

export type SendEvent =
  | { type: 'check' }
  | { type: 'checked'; order: SendOrder }
  | { type: 'refused'; error: SerializedError }
  | { type: 'amend' }
  | { type: 'confirm' }
  | { type: 'progress'; progress: SendProgress }
  | { type: 'proven'; receipt: Proven<ProvenReceipt> }
  | { type: 'again' };

export const initialSend: SendState = { step: 'editing', busy: false };

/** The next state; an event that has no place in a state changes nothing. */
export function nextSend(state: SendState, event: SendEvent): SendState {
  switch (event.type) {
    case 'check':
      return state.step === 'editing' ? { step: 'editing', busy: true } : state;
    case 'checked':
      return state.step === 'editing' && state.busy ? { step: 'reviewing', order: event.order } : state;
    case 'refused':
      if (state.step === 'editing') return { step: 'editing', busy: false, error: event.error };
      if (state.step !== 'sending') return state;
      // Before there is a hash nothing was signed, and everything can still be changed.
      return state.progress.stage === 'preparing'
        ? { step: 'reviewing', order: state.order, error: event.error }
        : { step: 'failed', order: state.order, error: event.error, hash: state.progress.hash };
    case 'amend':
      return state.step === 'reviewing' ? initialSend : state;
    case 'confirm':
      // The same order again: the wallet broadcasts what it signed, and signs nothing new.
      return state.step === 'reviewing' || (state.step === 'failed' && canRetry(state.error))
        ? { step: 'sending', order: state.order, progress: { stage: 'preparing' } }
        : state;
    case 'progress':
      return state.step === 'sending'
        ? { ...state, progress: onwards(state.progress, event.progress) }
        : state;
    case 'proven': {
      if (state.step !== 'sending') return state;
      const { order } = state;
      const { receipt } = event;
      if (receipt.value.status === 'success') return { step: 'sent', order, receipt };
      const error = { code: 'TRANSACTION_REVERTED', shortMessage: 'The contract refused the transfer' };
      return { step: 'failed', order, error, hash: receipt.value.transactionHash, receipt };
    }
    case 'again':
      return state.step === 'sending' ? state : initialSend;
  }
}

/** Broadcast once more is no step back. */
function onwards(before: SendProgress, now: SendProgress): SendProgress {
  return before.stage === 'pending' && now.stage === 'broadcasting' ? { ...now, stage: 'pending' } : now;
}

/** Only what the chain did not take can be sent again. */
export function canRetry(error: SerializedError): boolean {
  return error.code === 'TRANSACTION_REFUSED';
}
