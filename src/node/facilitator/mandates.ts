import { type Address, BaseError, ContractFunctionRevertedError, type Hex } from 'viem';
import { mandateRegistryAbi } from '../../contracts/abi/MandateRegistry.ts';
import { HskError } from '../../protocol/errors.ts';
import { hex, list, object } from '../../protocol/parse.ts';
import type { PaymentPayload } from '../../protocol/x402.ts';
import type { ServiceContext } from '../service-context.ts';

/**
 * What the facilitator asks of payers. `count`: who has a mandate pays within it, everybody else as ever; `require`:
 * who has none is refused; `off`: mandates are not looked at.
 */
export type MandateRule = 'count' | 'require' | 'off';

/** The contract through which a payment settles that counts against a mandate. */
export interface MandatedPayment {
  service: Address;
  /** Path from the payee to the mandate's payees. */
  payeeProof: Hex[];
}

/** `extensions.mandate` of a payment whose mandate names several payees. */
const parseExtension = object<{ payeeProof: Hex[] }>({ payeeProof: list(hex(32), 32) });

/**
 * How a payment settles by the payer's mandate; `undefined` for one that counts against none. The registry itself is
 * asked, as the service would in the next block.
 *
 * @throws `X402_MANDATE_MISSING`, `X402_MANDATE` with the registry's reason, `PARSE_INVALID`
 */
export async function checkMandate(
  { profile, executionClient }: Pick<ServiceContext, 'profile' | 'executionClient'>,
  rule: MandateRule,
  { payload, extensions }: PaymentPayload,
): Promise<MandatedPayment | undefined> {
  const { mandateRegistry, stablecoin } = profile.execution.contracts;
  const service = profile.mandates?.service;
  if (rule === 'off' || !mandateRegistry || !service) return undefined;
  const registry = { address: mandateRegistry, abi: mandateRegistryAbi } as const;
  const { from, to, value } = payload.authorization;
  const principal = await executionClient.readContract({
    ...registry,
    functionName: 'principalOf',
    args: [service, from],
  });
  if (BigInt(principal) === 0n) {
    if (rule === 'count') return undefined;
    throw new HskError('X402_MANDATE_MISSING', 'Nobody has vouched for the agent that pays', {
      details: from,
      action: 'Have its owner vouch for it, then pay again.',
    });
  }
  const payeeProof =
    extensions?.['mandate'] === undefined
      ? []
      : parseExtension(extensions['mandate'], 'extensions.mandate').payeeProof;
  try {
    await executionClient.simulateContract({
      ...registry,
      functionName: 'consume',
      args: [from, stablecoin, to, BigInt(value), payeeProof],
      account: service,
    });
  } catch (cause) {
    const reverted =
      cause instanceof BaseError && cause.walk((e) => e instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError)) throw cause;
    const { errorName, args = [] } = reverted.data ?? {};
    throw new HskError('X402_MANDATE', "The agent's mandate does not allow the payment", {
      details: `${errorName ?? 'reverted'} ${args.join(' ')}`.trim(),
      action: 'Have its owner vouch for it anew.',
      cause,
    });
  }
  return { service, payeeProof };
}
