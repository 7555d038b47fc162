import { type Address, recoverTypedDataAddress } from 'viem';
import { hongKongDollarAbi } from '../../contracts/abi/HongKongDollar.ts';
import { STABLECOIN, stablecoinDomain, TRANSFER_WITH_AUTHORIZATION_TYPES } from '../../protocol/eip3009.ts';
import { HskError } from '../../protocol/errors.ts';
import type { PaymentPayload, PaymentRequirements } from '../../protocol/x402.ts';
import { networkChainId } from '../../protocol/x402-binding.ts';
import type { ServiceContext } from '../service-context.ts';

/** Seconds that must be left on an authorisation, so that it is still valid in the block that takes it. */
const MARGIN = 5n;

const refused = (code: string, shortMessage: string, details?: string) =>
  new HskError(code, shortMessage, details === undefined ? {} : { details });

/**
 * x402 `exact` on EVM: what was accepted is what is required, and the authorisation says precisely that.
 * Reads no state, so it also judges a payment that has settled already.
 *
 * @returns who pays, lower case
 * @throws `X402_*`, each with its own reason
 */
export async function checkTerms(
  { profile }: Pick<ServiceContext, 'profile'>,
  { accepted, payload }: PaymentPayload,
  required: PaymentRequirements,
): Promise<Address> {
  const { chainId, contracts } = profile.execution;
  if (networkChainId(required.network) !== chainId)
    throw refused('X402_NETWORK', 'This facilitator settles on another chain', required.network);
  if (required.asset !== contracts.stablecoin.toLowerCase())
    throw refused('X402_ASSET', 'This facilitator does not settle that asset', required.asset);
  if (required.extra.name !== STABLECOIN.name || required.extra.version !== STABLECOIN.version)
    throw refused(
      'X402_ASSET',
      "The asset's EIP-712 name and version are others",
      JSON.stringify(required.extra),
    );
  for (const field of ['scheme', 'network', 'amount', 'asset', 'payTo'] as const)
    if (accepted[field] !== required[field])
      throw refused('X402_ACCEPTED', `The payment accepts another ${field}`, String(accepted[field]));
  const { authorization, signature } = payload;
  if (authorization.to !== required.payTo)
    throw refused('X402_RECIPIENT', 'The authorisation pays somebody else', authorization.to);
  if (authorization.value !== required.amount)
    throw refused('X402_AMOUNT', 'The authorisation is for another amount', authorization.value);
  const signer = await recoverTypedDataAddress({
    domain: stablecoinDomain(chainId, contracts.stablecoin),
    types: TRANSFER_WITH_AUTHORIZATION_TYPES,
    primaryType: 'TransferWithAuthorization',
    message: {
      ...authorization,
      value: BigInt(authorization.value),
      validAfter: BigInt(authorization.validAfter),
      validBefore: BigInt(authorization.validBefore),
    },
    signature,
  }).catch(() => undefined);
  if (signer?.toLowerCase() !== authorization.from)
    throw refused('X402_SIGNATURE', 'The authorisation is not signed by the payer', authorization.from);
  return authorization.from;
}

/**
 * Whether the payment would settle in the next block.
 *
 * @throws `X402_NOT_YET_VALID`, `X402_EXPIRED`, `X402_USED`, `X402_FUNDS`
 */
export async function checkState(context: ServiceContext, { payload }: PaymentPayload): Promise<void> {
  const { from, value, validAfter, validBefore, nonce } = payload.authorization;
  const client = context.executionClient;
  const now = BigInt(Math.floor(Date.now() / 1000));
  if (BigInt(validAfter) >= now)
    throw refused(
      'X402_NOT_YET_VALID',
      'The authorisation is not valid yet',
      `after ${validAfter}, now ${now}`,
    );
  if (BigInt(validBefore) <= now + MARGIN)
    throw refused('X402_EXPIRED', 'The authorisation has expired', `before ${validBefore}, now ${now}`);
  const token = { address: context.profile.execution.contracts.stablecoin, abi: hongKongDollarAbi } as const;
  const [used, balance] = await Promise.all([
    client.readContract({ ...token, functionName: 'authorizationState', args: [from, nonce] }),
    client.readContract({ ...token, functionName: 'balanceOf', args: [from] }),
  ]);
  if (used) throw refused('X402_USED', 'The authorisation was used or cancelled', nonce);
  if (balance < BigInt(value))
    throw refused('X402_FUNDS', 'The payer does not hold the amount', `${balance} of ${value} base units`);
}
