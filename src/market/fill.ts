import {
  type Address,
  bytesToHex,
  decodeEventLog,
  encodeFunctionData,
  type Hex,
  type TypedDataDefinition,
} from 'viem';
import { dvPSettlementAbi } from '../contracts/abi/DvPSettlement.ts';
import type { ProvenReceipt } from '../light-client/light-client-api.ts';
import { RECEIVE_WITH_AUTHORIZATION_TYPES, stablecoinDomain } from '../protocol/eip3009.ts';
import { HskError } from '../protocol/errors.ts';
import { fillNonce } from '../protocol/order.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Fill } from './purchase-machine.ts';
import type { CheckedQuote } from './quote.ts';

/** A fresh 32 bytes for one fill. */
export function freshSalt(): Hex {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
}

/**
 * What the buyer signs: exactly the cost, to the settlement contract, only for this order, quantity and
 * salt, and not longer than the quote.
 */
export function paymentTypedData(
  profile: ChainProfile,
  quote: CheckedQuote,
  buyer: Address,
  fillSalt: Hex,
): TypedDataDefinition {
  const { chainId, contracts } = profile.execution;
  return {
    domain: stablecoinDomain(chainId, contracts.stablecoin),
    types: RECEIVE_WITH_AUTHORIZATION_TYPES,
    primaryType: 'ReceiveWithAuthorization',
    message: {
      from: buyer,
      to: contracts.settlement,
      value: quote.cost,
      validAfter: 0n,
      validBefore: quote.order.validUntil,
      nonce: fillNonce(quote.hash, buyer, quote.quantity, fillSalt),
    },
  };
}

/** The fill, complete: from here on only this one may be sent. */
export function sealFill(quote: CheckedQuote, buyer: Address, fillSalt: Hex, signature: Hex): Fill {
  const payment = { validAfter: 0n, validBefore: quote.order.validUntil, signature };
  const calldata = encodeFunctionData({
    abi: dvPSettlementAbi,
    functionName: 'settle',
    args: [quote.order, quote.signature, quote.quantity, fillSalt, payment],
  });
  return { quote, buyer, fillSalt, payment, calldata };
}

/**
 * Holds a proven receipt against the fill: the settlement contract said `Settled`, for this order, buyer,
 * quantity and cost.
 *
 * @throws `SETTLEMENT_REFUSED` when it reverted, `SETTLEMENT_MISMATCH` when it settled something else
 */
export function checkSettlement(profile: ChainProfile, fill: Fill, receipt: ProvenReceipt): void {
  if (receipt.status === 'reverted')
    throw new HskError('SETTLEMENT_REFUSED', 'The chain refused the settlement', {
      details: `transaction ${receipt.transactionHash} reverted`,
      action: 'Nothing was paid. Ask for a new quote.',
    });
  const { quote, buyer } = fill;
  const settled = receipt.logs
    .filter((log) => log.address.toLowerCase() === profile.execution.contracts.settlement.toLowerCase())
    .map((log) => {
      try {
        return decodeEventLog({
          abi: dvPSettlementAbi,
          eventName: 'Settled',
          topics: log.topics as [Hex, ...Hex[]],
          data: log.data,
        }).args;
      } catch {
        return undefined; // Another event of the same contract.
      }
    })
    .find((args) => args?.orderHash === quote.hash);
  const right =
    settled &&
    settled.buyer.toLowerCase() === buyer.toLowerCase() &&
    settled.asset.toLowerCase() === quote.order.asset.toLowerCase() &&
    settled.quantity === quote.quantity &&
    settled.cost === quote.cost &&
    settled.termsHash === quote.order.termsHash;
  if (!right)
    throw new HskError('SETTLEMENT_MISMATCH', 'The transaction did not settle this purchase', {
      details: `transaction ${receipt.transactionHash}`,
      action: 'Save the evidence and ask the fund desk.',
    });
}
