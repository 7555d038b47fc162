import { type Address, encodeFunctionData } from 'viem';
import { hongKongDollarAbi } from '../contracts/abi/HongKongDollar.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Budget, VaultApi } from '../wallet/vault-api.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { NewBudget, OpenStep } from './agent-api.ts';

export interface OpenParts {
  profile: ChainProfile;
  vault: Pick<VaultApi, 'openBudget' | 'stopBudget'>;
  wallet: Pick<Wallet, 'account' | 'send'>;
}

/** Nothing has left the owner's account when sending ends like this. */
const UNFUNDED = new Set([
  'GAS_MISSING',
  'CALL_REVERTS',
  'FEE_ABSURD',
  'TRANSACTION_REFUSED',
  'VAULT_LOCKED',
]);

/** The one transfer that funds a budget: the same id is the same transaction. */
export function fundingId({ id, account }: Pick<Budget, 'id' | 'account'>): string {
  return `budget:${id}:${account.toLowerCase()}`;
}

/**
 * Signs the delegation and moves the budget's money to its account; resolves when that is proven. A budget
 * that could not be funded is stopped again.
 *
 * @throws `VAULT_LOCKED`, `BUDGET_LIMITS_INVALID`, `BUDGET_UNFUNDED`, and the codes of `Wallet.send`
 */
export async function openBudget(
  { profile, vault, wallet }: OpenParts,
  { total, perPayment, expiry, payees, label }: NewBudget,
  progress: (step: OpenStep) => void,
): Promise<Budget> {
  const owner = requireOwner(wallet);
  const { chainId, contracts } = profile.execution;
  progress('signing');
  const limits = { token: contracts.stablecoin, chainId, total, perPayment, expiry, payees, label };
  const budget = await vault.openBudget(owner, limits);
  progress('funding');
  try {
    const { value } = await wallet.send({
      id: fundingId(budget),
      from: owner,
      to: contracts.stablecoin,
      data: encodeFunctionData({
        abi: hongKongDollarAbi,
        functionName: 'transfer',
        args: [budget.account, total],
      }),
      describe: `Budget for ${label}`,
    });
    if (value.status === 'reverted')
      throw new HskError('BUDGET_UNFUNDED', 'The money for the budget could not be moved', {
        details: `transaction ${value.transactionHash} reverted`,
        action: 'Look at your balance, then open a smaller budget.',
      });
  } catch (error) {
    const { code } = toHskError(error);
    if (code === 'BUDGET_UNFUNDED' || UNFUNDED.has(code))
      await vault.stopBudget(budget.id).catch(() => undefined);
    throw error;
  }
  progress('open');
  return budget;
}

/** @throws `VAULT_LOCKED` */
export function requireOwner({ account }: Pick<Wallet, 'account'>): Address {
  if (account) return account;
  throw new HskError('VAULT_LOCKED', 'The wallet is locked', { action: 'Unlock it with your password.' });
}
