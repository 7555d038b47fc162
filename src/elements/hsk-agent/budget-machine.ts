import type { Address } from 'viem';
import type { BudgetView, NewBudget, OpenStep } from '../../agent/agent-api.ts';
import type { SerializedError } from '../../protocol/errors.ts';

type Waiting = { error?: SerializedError | undefined };

/** What the owner does with a budget, from a locked wallet to one that is over. */
export type BudgetState =
  | { step: 'needs-wallet' }
  /** Reads which budgets there are; nothing is offered before that is known. */
  | ({ step: 'reading'; owner: Address } & Waiting)
  | { step: 'setting'; owner: Address; asked?: NewBudget }
  | ({ step: 'reviewing'; owner: Address; asked: NewBudget } & Waiting)
  /** Signing and funding: left only by their outcome. */
  | { step: 'opening'; owner: Address; asked: NewBudget; progress: OpenStep }
  /** One budget, open or over; see `phaseOf`. */
  | ({ step: 'shown'; owner: Address; budgetId: string; stopping: boolean } & Waiting);

export type BudgetStep = BudgetState['step'];

export type BudgetEvent =
  | { type: 'locked' }
  | { type: 'unlocked'; owner: Address }
  /** Seconds since 1970. */
  | { type: 'read'; views: readonly BudgetView[]; now: number }
  | { type: 'review'; asked: NewBudget }
  | { type: 'amend' }
  | { type: 'confirm' }
  | { type: 'progress'; progress: OpenStep }
  /** `error` when the delegation stands and the funding failed. */
  | { type: 'opened'; budgetId: string; error?: SerializedError }
  | { type: 'failed'; error: SerializedError }
  | { type: 'show'; budgetId: string }
  | { type: 'again' }
  | { type: 'stop' }
  | { type: 'stopped' };

export const initialBudget: BudgetState = { step: 'needs-wallet' };

/** `open` can pay; `expired` cannot, and its money waits to be taken back; `stopped` never will again. */
export type BudgetPhase = 'open' | 'expired' | 'stopped';

/** @param now seconds since 1970 */
export function phaseOf({ budget }: BudgetView, now: number): BudgetPhase {
  if (budget.status === 'stopped') return 'stopped';
  return Number(budget.expiry) <= now ? 'expired' : 'open';
}

/** The budget to begin with: the newest that can pay, or the newest that still holds money. */
function current(views: readonly BudgetView[], now: number): BudgetView | undefined {
  return views.find((view) => phaseOf(view, now) === 'open') ?? views.find(({ balance }) => balance > 0n);
}

/** One function from (state, event) to state. An event that does not belong to the state leaves it as it is. */
export function budget(state: BudgetState, event: BudgetEvent): BudgetState {
  if (event.type === 'locked') return initialBudget;
  if (event.type === 'unlocked') {
    const { owner } = event;
    return state.step !== 'needs-wallet' && state.owner === owner ? state : { step: 'reading', owner };
  }
  if (state.step === 'needs-wallet') return state;
  const { owner } = state;
  if (event.type === 'show' && state.step !== 'opening')
    return { step: 'shown', owner, budgetId: event.budgetId, stopping: false };
  switch (state.step) {
    case 'reading': {
      if (event.type === 'failed') return { ...state, error: event.error };
      if (event.type !== 'read') return state;
      const found = current(event.views, event.now);
      return found
        ? { step: 'shown', owner, budgetId: found.budget.id, stopping: false }
        : { step: 'setting', owner };
    }
    case 'setting':
      return event.type === 'review' ? { step: 'reviewing', owner, asked: event.asked } : state;
    case 'reviewing':
      if (event.type === 'amend') return { step: 'setting', owner, asked: state.asked };
      return event.type === 'confirm'
        ? { step: 'opening', owner, asked: state.asked, progress: 'signing' }
        : state;
    case 'opening':
      if (event.type === 'progress') return { ...state, progress: event.progress };
      if (event.type === 'failed')
        return { step: 'reviewing', owner, asked: state.asked, error: event.error };
      return event.type === 'opened'
        ? { step: 'shown', owner, budgetId: event.budgetId, stopping: false, error: event.error }
        : state;
    case 'shown':
      if (event.type === 'again') return state.stopping ? state : { step: 'setting', owner };
      if (event.type === 'stop') return { ...state, stopping: true, error: undefined };
      if (event.type === 'stopped') return { ...state, stopping: false, error: undefined };
      return event.type === 'failed' ? { ...state, stopping: false, error: event.error } : state;
  }
}
