import type { ChainState } from './state.ts';
import type { Address } from 'viem';
import type { HskError } from '../../protocol/errors.ts';
import type { SignedTransaction } from './transaction.ts';

/**
 * Judges the senders it was made for under one state, without waiting. Undefined: nothing speaks against it,
 * or it is about another sender.
 */
export interface SenderJudge {
  sender(address: Address): HskError | undefined;
  transaction(transaction: SignedTransaction): HskError | undefined;
}

/**
 * Who may send, said by the state at the head. It guards the pool and the builder; a stored block is
 * executed again whatever it says, so it is no rule of consensus.
 */
export interface SenderPolicy {
  /** A judge of these senders' transactions. */
  judge(state: ChainState, senders: readonly Address[]): Promise<SenderJudge>;
  /** Wei per gas that a sender without privileges has to offer above the base fee. */
  minimumTip(state: ChainState): Promise<bigint>;
}
