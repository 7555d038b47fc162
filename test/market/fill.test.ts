import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeFunctionData, encodeAbiParameters, encodeEventTopics, type Hex, verifyTypedData } from 'viem';
import { dvPSettlementAbi } from '../../src/contracts/abi/DvPSettlement.ts';
import type { ProvenReceipt } from '../../src/light-client/light-client-api.ts';
import { checkSettlement, freshSalt, paymentTypedData, sealFill } from '../../src/market/fill.ts';
import { checkQuote } from '../../src/market/quote.ts';
import type { HskError } from '../../src/protocol/errors.ts';
import { fillNonce } from '../../src/protocol/order.ts';
import { buyer, NOW, order, product, profile, signOrder } from './fixture.ts';

const { settlement } = profile.execution.contracts;
const request = { product, buyer: buyer.address, quantity: 250_000_000n, shownPrice: 10_250_000n };

async function fill() {
  const quote = checkQuote(profile, request, { order, signature: await signOrder(order) }, NOW);
  const salt = freshSalt();
  const signature = await buyer.signTypedData(paymentTypedData(profile, quote, buyer.address, salt) as never);
  return sealFill(quote, buyer.address, salt, signature);
}

type Settled = { orderHash: Hex; buyer: Hex; asset: Hex; quantity: bigint; cost: bigint; termsHash: Hex };

const at = { blockNumber: 9n, transactionHash: `0x${'04'.repeat(32)}`, transactionIndex: 0 } as const;

function receipt(settled: Settled, change: { address?: Hex; status?: 'reverted' } = {}): ProvenReceipt {
  return {
    transactionHash: `0x${'04'.repeat(32)}`,
    transactionIndex: 0,
    status: change.status ?? 'success',
    gasUsed: 217_000n,
    from: buyer.address,
    to: settlement,
    input: '0x',
    logs: [
      { address: settlement, topics: [`0x${'99'.repeat(32)}`], data: '0x', logIndex: 0, ...at },
      {
        address: change.address ?? settlement,
        topics: encodeEventTopics({
          abi: dvPSettlementAbi,
          eventName: 'Settled',
          args: { orderHash: settled.orderHash, buyer: settled.buyer, asset: settled.asset },
        }) as Hex[],
        data: encodeAbiParameters(
          [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }],
          [product.seller, settled.quantity, settled.cost, settled.termsHash],
        ),
        logIndex: 1,
        ...at,
      },
    ],
  };
}

describe('a fill', () => {
  it('binds the cash to this order, buyer, quantity and salt, and no longer than the quote', async () => {
    const { quote, fillSalt, payment } = await fill();
    const typedData = paymentTypedData(profile, quote, buyer.address, fillSalt);
    assert.deepEqual(typedData.message, {
      from: buyer.address,
      to: settlement,
      value: 2_562_500_000n,
      validAfter: 0n,
      validBefore: order.validUntil,
      nonce: fillNonce(quote.hash, buyer.address, 250_000_000n, fillSalt),
    });
    assert(
      await verifyTypedData({ ...typedData, address: buyer.address, signature: payment.signature } as never),
    );
    assert.notEqual(freshSalt(), freshSalt());
  });

  it('makes the call of settle and nothing else', async () => {
    const { quote, fillSalt, payment, calldata } = await fill();
    const { functionName, args } = decodeFunctionData({ abi: dvPSettlementAbi, data: calldata });
    assert.equal(functionName, 'settle');
    assert.deepEqual(args?.slice(1), [quote.signature, 250_000_000n, fillSalt, payment]);
  });

  it('is settled only by its own event of the settlement contract', async () => {
    const made = await fill();
    const right: Settled = {
      orderHash: made.quote.hash,
      buyer: buyer.address,
      asset: product.token,
      quantity: made.quote.quantity,
      cost: made.quote.cost,
      termsHash: order.termsHash,
    };
    checkSettlement(profile, made, receipt(right));
    const code = (wrong: ProvenReceipt) => {
      try {
        checkSettlement(profile, made, wrong);
      } catch (error) {
        return (error as HskError).code;
      }
      return 'accepted';
    };
    assert.equal(code(receipt(right, { status: 'reverted' })), 'SETTLEMENT_REFUSED');
    assert.equal(code(receipt(right, { address: product.token })), 'SETTLEMENT_MISMATCH');
    const other = `0x${'55'.repeat(20)}` as const;
    for (const change of [
      { orderHash: `0x${'00'.repeat(32)}` as const },
      { buyer: other },
      { asset: other },
      { quantity: 249_999_999n },
      { cost: 2_562_500_001n },
      { termsHash: `0x${'00'.repeat(32)}` as const },
    ])
      assert.equal(code(receipt({ ...right, ...change })), 'SETTLEMENT_MISMATCH', Object.keys(change)[0]);
  });
});
