import type { Address } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { sameAddress } from '../../protocol/address.ts';
import type { Budget, BudgetLimits, BudgetPayment } from '../vault-api.ts';

/** A payment the vault has signed, as its journal keeps it. */
export interface JournalledPayment {
  budgetId: string;
  payment: BudgetPayment;
  status: 'signed' | 'released';
}

/** @param now seconds since 1970. @throws `BUDGET_LIMITS_INVALID` */
export function checkLimits(limits: BudgetLimits, owner: Address, now: bigint): void {
  const invalid = (details: string) =>
    new HskError('BUDGET_LIMITS_INVALID', 'This budget cannot be opened', { details });
  if (limits.total <= 0n || limits.total >> 128n) throw invalid('total must be above zero');
  if (limits.perPayment <= 0n || limits.perPayment > limits.total)
    throw invalid('perPayment must be above zero and not above total');
  if (limits.expiry <= now) throw invalid('expiry has passed');
  if (limits.expiry >> 64n) throw invalid('expiry does not fit 64 bits');
  if (limits.payees.length > 100) throw invalid('at most 100 payees');
  if (limits.payees.some((payee) => sameAddress(payee, owner)))
    throw invalid('the owner cannot be paid from their own budget');
  if (limits.label.length > 200) throw invalid('the label is too long');
}

/**
 * Whether the agent may have this payment signed; asked before any signature is made.
 *
 * @param now seconds since 1970
 * @throws `BUDGET_STOPPED`, `BUDGET_EXPIRED`, `BUDGET_PAYEE`, `BUDGET_PAYMENT_INVALID`,
 * `BUDGET_PAYMENT_TOO_LARGE`, `BUDGET_EXCEEDED`
 */
export function checkPayment(budget: Budget, payment: BudgetPayment, now: bigint): void {
  if (budget.status === 'stopped')
    throw new HskError('BUDGET_STOPPED', 'The owner has stopped this budget', {
      action: 'Ask the owner to open a new one.',
    });
  // The authorisation must die with the budget, so both times count.
  if (now >= budget.expiry || payment.validBefore > budget.expiry)
    throw new HskError('BUDGET_EXPIRED', 'The budget ends before this payment does', {
      details: `budget until ${budget.expiry}, payment until ${payment.validBefore}, now ${now}`,
      action: 'Ask the owner to open a new one.',
    });
  if (payment.validBefore <= now || payment.validAfter >= payment.validBefore)
    throw new HskError('BUDGET_PAYMENT_INVALID', 'The payment could never settle', {
      details: `valid after ${payment.validAfter} and before ${payment.validBefore}, now ${now}`,
    });
  if (payment.value <= 0n)
    throw new HskError('BUDGET_PAYMENT_INVALID', 'A payment must be above zero', {
      details: String(payment.value),
    });
  if (!budget.payees.some((payee) => sameAddress(payee, payment.to)))
    throw new HskError('BUDGET_PAYEE', 'The owner has not allowed this payee', {
      details: payment.to,
      action: 'Ask the owner to allow the payee.',
    });
  if (payment.value > budget.perPayment)
    throw new HskError('BUDGET_PAYMENT_TOO_LARGE', 'The payment is above the limit for one payment', {
      details: `${payment.value}, at most ${budget.perPayment}`,
      action: 'Ask the owner to approve it.',
    });
  if (budget.signed + payment.value > budget.total)
    throw new HskError('BUDGET_EXCEEDED', 'The payment does not fit into what is left of the budget', {
      details: `${payment.value}, left ${budget.total - budget.signed}`,
      action: 'Ask the owner for more.',
    });
}

/**
 * Whether `asked` is the very payment that was signed under its nonce; then it is signed again, to the same
 * bytes, and counted once.
 *
 * @throws `BUDGET_NONCE_REUSED` when it is another payment, `BUDGET_PAYMENT_RELEASED` when it was given up
 */
export function checkRepeat(known: JournalledPayment, asked: BudgetPayment): void {
  if (known.status === 'released')
    throw new HskError('BUDGET_PAYMENT_RELEASED', 'This payment was given up and is not signed again', {
      details: asked.nonce,
      action: 'Use a fresh nonce.',
    });
  const { payment } = known;
  const same =
    sameAddress(payment.to, asked.to) &&
    payment.value === asked.value &&
    payment.validAfter === asked.validAfter &&
    payment.validBefore === asked.validBefore &&
    payment.deadline === asked.deadline &&
    payment.mandateNonce === asked.mandateNonce &&
    payment.requirementRef === asked.requirementRef;
  if (!same)
    throw new HskError('BUDGET_NONCE_REUSED', 'The nonce belongs to another payment', {
      details: asked.nonce,
      action: 'Use a fresh nonce.',
    });
}

/** An authorisation can no longer settle once its time is over; nothing less is believed. @throws `BUDGET_PAYMENT_ALIVE` */
export function checkRelease(known: JournalledPayment, now: bigint): void {
  if (now < known.payment.validBefore)
    throw new HskError('BUDGET_PAYMENT_ALIVE', 'This payment can still settle', {
      details: `valid before ${known.payment.validBefore}, now ${now}`,
      action: 'Release it when its time is over.',
    });
}
