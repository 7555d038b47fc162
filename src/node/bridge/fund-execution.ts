import { encodeFunctionData } from 'viem';
import { hongKongDollarAbi } from '../../contracts/abi/HongKongDollar.ts';
import { vaultAbi } from '../../contracts/abi/Vault.ts';
import { fixed } from '../deploy/run-plan.ts';
import { Sender } from '../sender.ts';
import type { ServiceContext } from '../service-context.ts';

/** Base units of the Hong Kong dollar that the treasury puts into the Vault when the chains are new. */
export const FIRST_DEPOSITS = { faucet: 90_000_000_000_000n, treasury: 10_000_000_000_000n } as const;

/**
 * The treasury's first deposits, so that every dollar on the execution chain is backed by one in the Vault.
 * May be called at every start: the Vault says whether they are there, and the same bytes are sent until then.
 */
export async function fundExecution(context: ServiceContext): Promise<void> {
  const { mainchainClient: client, accounts, addresses, profile } = context;
  const { stablecoin, vault } = profile.mainchain.contracts;
  const nextDeposit = await client.readContract({
    address: vault,
    abi: vaultAbi,
    functionName: 'nextDepositId',
  });
  const deposits = Object.entries(FIRST_DEPOSITS) as [keyof typeof FIRST_DEPOSITS, bigint][];
  if (nextDeposit > BigInt(deposits.length)) return;
  const sender = new Sender(client, accounts.treasury);
  const total = deposits.reduce((sum, [, amount]) => sum + amount, 0n);
  const sent = await sender.sendAll(
    fixed([
      {
        to: stablecoin,
        gas: 100_000n,
        data: encodeFunctionData({ abi: hongKongDollarAbi, functionName: 'approve', args: [vault, total] }),
      },
      ...deposits.map(([role, amount]) => ({
        to: vault,
        gas: 300_000n,
        data: encodeFunctionData({
          abi: vaultAbi,
          functionName: 'deposit',
          args: [stablecoin, amount, addresses[role]],
        }),
      })),
    ]),
  );
  for (const { hash } of sent) await sender.confirm(hash);
}
