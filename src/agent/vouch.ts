import { encodeFunctionData, type Hex, keccak256 } from 'viem';
import { mandateRegistryAbi } from '../contracts/abi/MandateRegistry.ts';
import { grantArguments, revocationKey } from '../identity/mandate.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Budget, VaultApi } from '../wallet/vault-api.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { ProveMandate, VouchStep } from './agent-api.ts';
import { budgetMandate, mandatePlace } from './budget-mandate.ts';
import { requireOwner } from './open-budget.ts';

export interface VouchParts {
  profile: ChainProfile;
  vault: Pick<VaultApi, 'zkidSecret'>;
  wallet: Pick<Wallet, 'account' | 'send'>;
}

/**
 * Has a budget's agent vouched for by the owner's verified identity; resolves when that is proven to stand in the
 * registry. The grant is bound to no sender: it goes from the owner's account, which funds the agent anyway.
 *
 * @throws `VAULT_LOCKED`, `MANDATE_UNSUPPORTED`, `MANDATE_REFUSED`, and the codes of `prove` and `Wallet.send`
 */
export async function vouchForAgent(
  { profile, vault, wallet }: VouchParts,
  budget: Budget,
  prove: ProveMandate,
  progress: (step: VouchStep, fraction: number) => void,
): Promise<void> {
  const from = requireOwner(wallet);
  const { registry } = mandatePlace(profile);
  const mandate = budgetMandate(profile, budget, await vault.zkidSecret());
  progress('proving', 0);
  const proof = await prove(mandate, ({ fraction }) => progress('proving', fraction));
  progress('granting', 1);
  const data = encodeFunctionData({
    abi: mandateRegistryAbi,
    functionName: 'grant',
    args: grantArguments(mandate, proof),
  });
  await send(wallet, {
    id: `vouch:${budget.id}:${keccak256(data)}`,
    from,
    to: registry,
    data,
    describe: `Vouching for ${budget.label}`,
  });
}

/**
 * Ends the mandate of a budget's agent; resolves when that is proven. Needs no credential.
 *
 * @throws `VAULT_LOCKED`, `MANDATE_UNSUPPORTED`, `MANDATE_REFUSED`, and the codes of `Wallet.send`
 */
export async function revokeMandate({ profile, vault, wallet }: VouchParts, budget: Budget): Promise<void> {
  const from = requireOwner(wallet);
  const { registry, service } = mandatePlace(profile);
  const key = revocationKey(await vault.zkidSecret(), budget.grant.hash);
  await send(wallet, {
    id: `vouch-end:${budget.id}:${budget.account.toLowerCase()}`,
    from,
    to: registry,
    data: encodeFunctionData({
      abi: mandateRegistryAbi,
      functionName: 'revoke',
      args: [service, budget.account, key],
    }),
    describe: `No longer vouching for ${budget.label}`,
  });
}

async function send(
  wallet: Pick<Wallet, 'send'>,
  transaction: { id: string; from: Hex; to: Hex; data: Hex; describe: string },
): Promise<void> {
  const { value } = await wallet.send(transaction);
  if (value.status !== 'reverted') return;
  throw new HskError('MANDATE_REFUSED', 'The registry of mandates did not accept it', {
    details: `transaction ${value.transactionHash} reverted`,
    action: 'Try again.',
  });
}
