import { encodeFunctionData, type Hex } from 'viem';
import { hongKongDollarAbi } from '../contracts/abi/HongKongDollar.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { readCash } from '../market/holdings.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Budget, VaultApi } from '../wallet/vault-api.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { fundingId, requireOwner } from './open-budget.ts';
import { pause } from './pause.ts';
import type { Payer } from './payer.ts';
import { freshNonce } from './seal-payment.ts';

export interface StopParts {
  profile: ChainProfile;
  lightClient: Pick<LightClientApi, 'read'>;
  vault: Pick<VaultApi, 'stopBudget'>;
  wallet: Pick<Wallet, 'account' | 'send' | 'sent'>;
  payer: Pick<Payer, 'undecided' | 'resume'>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Seconds for which the way back may be taken. */
const SWEEP_VALIDITY = 600n;
/** Sweeps that may meet a balance that has changed under them. */
const TRIES = 5;
/** Milliseconds between two looks while payments are on their way. */
const PACE = 1000;

/**
 * Stops a budget and brings what is left back to its owner, with an authorisation that the owner's account
 * submits: the budget's account needs no gas. What undecided payments may still take stays until they are
 * decided; resolves when the account is proven to be empty.
 *
 * @throws `VAULT_LOCKED`, `BUDGET_SWEEP`, and the codes of `Wallet.send`; the budget is stopped all the same
 */
export async function stopBudget(parts: StopParts, budget: Budget, signal: AbortSignal): Promise<void> {
  const { profile, lightClient, vault, wallet, payer } = parts;
  // First of all: no further signature, in any tab.
  await vault.stopBudget(budget.id);
  for (let failures = 0; ;) {
    const underWay = await payer.undecided(budget.id);
    const funding = (await wallet.sent()).find(({ id }) => id === fundingId(budget))?.status === 'pending';
    const promised = underWay.reduce((sum, { amount }) => sum + amount, 0n);
    const { value: balance } = await readCash(lightClient, profile, budget.account);
    if (balance > promised)
      try {
        await sweep(parts, budget, balance - promised);
        continue;
      } catch (error) {
        // A payment that settled meanwhile: the next look sees a smaller balance.
        const moved = ['CALL_REVERTS', 'BUDGET_SWEEP'].includes(toHskError(error).code);
        if (!moved || ++failures >= TRIES) throw error;
      }
    else if (underWay.length === 0 && !funding) return;
    else await Promise.race([payer.resume(budget.id), pause(PACE * 2, signal)]);
    await pause(PACE, signal);
  }
}

/** Everything goes to the owner, so a sweep that is sent twice or late harms nobody. */
async function sweep(
  { profile, vault, wallet, now }: StopParts,
  { id, account, label }: Budget,
  value: bigint,
): Promise<void> {
  const owner = requireOwner(wallet);
  const nonce: Hex = freshNonce();
  const validBefore = BigInt(Math.floor(now() / 1000)) + SWEEP_VALIDITY;
  const signed = await vault.stopBudget(id, { value, validBefore, nonce });
  if (!signed.sweep)
    throw new HskError('BUDGET_SWEEP', 'The vault did not sign the way back', { details: account });
  const { value: receipt } = await wallet.send({
    id: `sweep:${id}:${nonce}`,
    from: owner,
    to: profile.execution.contracts.stablecoin,
    data: encodeFunctionData({
      abi: hongKongDollarAbi,
      functionName: 'transferWithAuthorization',
      args: [account, owner, value, 0n, validBefore, nonce, signed.sweep],
    }),
    describe: `Back from ${label}`,
  });
  if (receipt.status === 'reverted')
    throw new HskError('BUDGET_SWEEP', 'The money of the budget could not be moved back', {
      details: `transaction ${receipt.transactionHash} reverted`,
      action: 'Try again.',
    });
}
