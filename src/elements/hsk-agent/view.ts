import type { Address } from 'viem';
import type { AgentPayment, BudgetView } from '../../agent/agent-api.ts';
import { sameAddress } from '../../protocol/address.ts';
import { STABLECOIN } from '../../protocol/eip3009.ts';
import { type AmountOptions, formatAmount, renderAmount } from '../shared/format.ts';
import type { Session } from '../shared/session.ts';
import type { TemplateResult } from 'lit';
import type { Budgets } from './budgets.ts';
import type { AgentWords } from './budget.messages.ts';

/** What every part of the element draws from. */
export interface View {
  t: AgentWords;
  /** For `Intl`. */
  language: string;
  session: Session;
  budgets: Budgets;
  /** Seconds since 1970; moves every second while something counts down. */
  now: number;
}

/** "HKD 50.00" inside a sentence; cut, never rounded up. */
export function money(value: bigint, language: string): string {
  return `${STABLECOIN.symbol}\u00a0${formatAmount(value, STABLECOIN.decimals, language, { min: 2 })}`;
}

/** An amount of the stablecoin that stands by itself. */
export function renderMoney(
  value: bigint,
  language: string,
  options: AmountOptions & { large?: boolean } = {},
): TemplateResult {
  return renderAmount(value, STABLECOIN.decimals, STABLECOIN.symbol, language, { min: 2, ...options });
}

/** Somebody a budget may be made for. */
export interface Payee {
  address: Address;
  /** The host that serves what they sell; nothing vouches for a name where only the page gives the address. */
  name?: string;
  titles: string[];
}

/** Who the catalogue sells for, in its order; then whom the page names. */
export function payeesOf({ catalogue, named }: Pick<Budgets, 'catalogue' | 'named'>): Payee[] {
  const payees: Payee[] = [];
  for (const { payTo, title, url } of catalogue ?? []) {
    const known = payees.find(({ address }) => sameAddress(address, payTo));
    if (known) known.titles.push(title);
    else payees.push({ address: payTo, name: hostOf(url), titles: [title] });
  }
  for (const address of named)
    if (!payees.some((payee) => sameAddress(payee.address, address))) payees.push({ address, titles: [] });
  return payees;
}

/** Name of a payee where the catalogue knows one. */
export function payeeName(
  budgets: Pick<Budgets, 'catalogue' | 'named'>,
  address: Address,
): string | undefined {
  return payeesOf(budgets).find((payee) => sameAddress(payee.address, address))?.name;
}

/** A payment whose outcome is not known: it is signed, and may have moved money or may yet. */
export function isUndecided({ status, transaction }: AgentPayment): boolean {
  if (status === 'failed') return !transaction;
  return status === 'signing' || status === 'presented' || status === 'proving';
}

/** What stands signed without being proven paid, in base units. */
export function underWay({ budget, spent }: BudgetView): bigint {
  return budget.signed > spent ? budget.signed - spent : 0n;
}

/** What the budget still allows, in base units. */
export function leftOf({ budget, spent }: BudgetView): bigint {
  const used = budget.signed > spent ? budget.signed : spent;
  return budget.total > used ? budget.total - used : 0n;
}

function hostOf(url: string): string {
  try {
    return new URL(url, document.baseURI).host;
  } catch {
    return url;
  }
}
